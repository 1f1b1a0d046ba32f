"""What people type: checked for form here, for meaning by the actions; a refusal is shown beside its field."""
