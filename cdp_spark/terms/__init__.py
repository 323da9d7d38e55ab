"""What several rooms say the same way: identifier rules, time windows, conditions from conf."""
