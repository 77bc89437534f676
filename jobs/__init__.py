"""What runs by the clock. APScheduler only says when: any number of processes may run these, the rows decide."""
