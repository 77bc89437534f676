"""Addresses with odd bytes in them, through the gateway."""

from tests.web.test_doorway import (
    test_a_hostile_community_id_is_a_404_page_without_it,
    test_bytes_that_are_no_text_reach_knock_as_they_stood_in_the_link,
    test_the_source_title_reaches_knock_as_it_came,
)

__all__ = [
    "test_a_hostile_community_id_is_a_404_page_without_it",
    "test_bytes_that_are_no_text_reach_knock_as_they_stood_in_the_link",
    "test_the_source_title_reaches_knock_as_it_came",
]
