"""What lock systems are asked for, what they tell us, and who may open doors."""
