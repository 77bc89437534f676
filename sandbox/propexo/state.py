"""Propexo's jobs. A job is carried out when it has been asked after often enough, so that nothing waits for real time."""

from dataclasses import asdict
from typing import Any, Literal

from sandbox.knock.model import Appointment
from sandbox.knock.refusal import Refusal as KnockRefusal
from sandbox.knock.state import Knock
from sandbox.memory import Memory
from sandbox.propexo.allowance import Allowance
from sandbox.propexo.directory import check_ids
from sandbox.propexo.model import Job, State
from sandbox.propexo.orders import knock_request
from sandbox.propexo.refusal import Refusal
from sandbox.propexo.schemas import ENUMS
from sandbox.times import Clock


class Propexo:
    """`.jobs` by id, oldest first, and the switches.

    `polls_until_done`: how often a job is answered PENDING first. `outcome`: how it ends unless Knock refuses it; a
    PARTIAL_SUCCESS without a record leaves a guest card and no appointment. `created_record`: what the created record's
    id names, for "the first ID created … could be related to a different model than expected" (Propexo, write status).
    `allowed`: the values of the enums that are accepted; their real ones are not documented.
    """

    polls_until_done = 1
    outcome: Literal["SUCCESS", "PARTIAL_SUCCESS", "FAILURE"] = "SUCCESS"
    partial_has_record = True
    created_record: Literal["appointment", "prospect", "none"] = "appointment"
    per_minute = 150

    def __init__(self, knock: Knock, memory: Memory, clock: Clock) -> None:
        self.jobs: dict[str, Job] = {}
        self.allowed: dict[str, set[str]] = {name: set() for name in ENUMS}
        self.allowance = Allowance(clock)
        self._knock, self._memory, self._clock = knock, memory, clock

    def take(self, body: dict[str, Any]) -> Job:
        """Queue a valid order; nothing is booked yet."""
        check_ids(body)
        with self._memory.change():
            job = Job(f"cljob_{len(self.jobs) + 1:04d}", body, self._clock())
            self.jobs[job.job_id] = job
            return job

    def poll(self, job_id: str) -> Job:
        """The job as it stands; carries it out when it was PENDING often enough."""
        with self._memory.change():
            if job_id not in self.jobs:
                raise Refusal(404, f"There is no job {job_id}.")
            job = self.jobs[job_id]
            job.polls += 1
            if job.state is State.PENDING and job.polls > self.polls_until_done:
                self._carry_out(job)
            return job

    def remember(self) -> list[dict[str, Any]]:
        """Every job, for the file."""
        return [asdict(one) for one in self.jobs.values()]

    def recall(self, kept: list[dict[str, Any]]) -> None:
        """Every job, from the file."""
        self.jobs = {row["job_id"]: Job(**row) for row in kept}

    def _carry_out(self, job: Job) -> None:
        try:
            job.record_id = self._write(knock_request(job.body))
        except KnockRefusal as refusal:
            job.state, job.errors = State.FAILURE, [refusal.message]
        else:
            job.state = State(self.outcome)
            job.errors = ["Not everything could be written."] if job.state is State.PARTIAL_SUCCESS else []

    def _write(self, ask: dict[str, Any]) -> str | None:
        """The id of what was written to Knock."""
        if self.outcome == "FAILURE":
            raise KnockRefusal(502, "Nothing could be written.")
        if self.outcome == "PARTIAL_SUCCESS" and not self.partial_has_record:
            self._knock.add_prospect(ask | ask["profile"])
            return None
        return self._name(self._knock.book(ask))

    def _name(self, appointment: Appointment) -> str | None:
        names = {"appointment": appointment.appointment_id, "prospect": appointment.prospect_id, "none": None}
        return names[self.created_record]
