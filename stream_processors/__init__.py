"""The centre's judge: takes what stations and services say, stores it, judges it, and says what follows.

Intake decides what can be believed, ``judging`` (pure) what it means, ``database`` keeps it, ``outputs`` says it.
"""
