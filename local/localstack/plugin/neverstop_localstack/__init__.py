"""What the local cloud adds to LocalStack's open edition in host mode. Found by LocalStack through entry points."""
