"""The lane's shell: the crossing in front of the officer, with disk, clock, lists and keys around it."""
