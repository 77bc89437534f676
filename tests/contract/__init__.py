"""Every example of the partners' documents against the client, the sandbox and the webhook; tests/fixtures holds them."""
