// A tour, by openapi-fetch with the types that openapi-typescript has made of the description: times → book → look → cancel.
// Compiled and run by test_npm.py; prints what became of the tour.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

declare const process: { argv: string[] };

const [url, communityId] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url });

function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const times = given(await client.GET("/api/v1/communities/{community_id}/times", { params: { path: { community_id: communityId } } }));
const body: components["schemas"]["BookTour"] = {
  communityId,
  startTime: times.times[0].startTime,
  profile: { firstName: "Jane", lastName: "Doe", email: "janedoe@example.com" },
  unitNames: ["204"],
};
const booked = given(await client.POST("/api/v1/tours", { params: { header: { "Idempotency-Key": "typescript-1" } }, body }));

const holder = { params: { path: { tour_id: booked.tourId } }, headers: { Authorization: `Bearer ${booked.tourToken}` } };
const seen = given(await client.GET("/api/v1/tours/{tour_id}", holder));
if (seen.startTime !== body.startTime || seen.reason !== null) throw new Error(JSON.stringify(seen));

const taken = await client.POST("/api/v1/tours", { params: { header: { "Idempotency-Key": "typescript-2" } }, body });
const problem: components["schemas"]["Problem"] | undefined = taken.error;

const cancelled = given(await client.POST("/api/v1/tours/{tour_id}/cancel", holder));
const status: components["schemas"]["Status"] = cancelled.status;
console.log(JSON.stringify({ tourId: booked.tourId, status, problems: [problem?.type] }));
