"""Files of cases: how they are read, run in any number of processes, and compared with what they expect."""
