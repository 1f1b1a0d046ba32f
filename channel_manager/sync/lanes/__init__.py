"""What is delivered, limited and blocked together: claiming, sending and finishing the operations of a lane."""
