"""A tour, by the client that openapi-python-client has made of the description: times → book → look → cancel.

Run by test_generated_clients.py, which has generated `tours_client`; prints what became of the tour.
"""

import json
import sys

from tours_client import AuthenticatedClient, Client
from tours_client.api.booking import book_tour, list_times
from tours_client.api.tours import cancel_tour, show_tour
from tours_client.models import BookedTour, BookTour, Problem, Profile, Status, Times, TourView

url, community_id = sys.argv[1:]
anybody = Client(base_url=url, raise_on_unexpected_status=True)

times = list_times.sync(community_id, client=anybody)
assert isinstance(times, Times), times
profile = Profile(first_name="Jane", last_name="Doe", email="janedoe@example.com")
wanted = BookTour(community_id=community_id, start_time=times.times[0].start_time, profile=profile, unit_names=["204"])

booked = book_tour.sync(client=anybody, body=wanted, idempotency_key="python-1")
assert isinstance(booked, BookedTour), booked
assert booked.status is Status.CONFIRMED

holder = AuthenticatedClient(base_url=url, token=booked.tour_token, raise_on_unexpected_status=True)
seen = show_tour.sync(booked.tour_id, client=holder)
assert isinstance(seen, TourView), seen
assert (seen.start_time, seen.reason) == (times.times[0].start_time, None)

stranger = show_tour.sync(booked.tour_id, client=AuthenticatedClient(base_url=url, token="made-up"))
assert isinstance(stranger, Problem), stranger

taken = book_tour.sync(client=anybody, body=wanted, idempotency_key="python-2")
assert isinstance(taken, Problem), taken

cancelled = cancel_tour.sync(booked.tour_id, client=holder)
assert isinstance(cancelled, TourView), cancelled

print(json.dumps({"tourId": booked.tour_id, "status": cancelled.status, "problems": [stranger.type_, taken.type_]}))
