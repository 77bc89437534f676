"""What may come in and go out at every edge, partners' answers included: camelCase outside, snake_case inside."""
