"""The shapes of all JSON and forms that come in and go out, partners' answers included: camelCase outside, snake_case inside."""
