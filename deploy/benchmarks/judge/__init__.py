"""``deploy/bench judge``: the judge on real Kafka and PostgreSQL, with traffic whose truth is known.

``ground`` has the parts, ``traffic`` what is sent, ``contenders`` who judges it; each measurement is a module.
"""
