"""The jobs. APScheduler only says when one runs: any number of processes may run them, for each row is claimed by one."""
