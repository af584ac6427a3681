import type { Scraper } from "./scrapes.ts";

/** Who scrapes; what happens to the scrapers happens between 13 and 15. By what a test calls it. */
export const settings: Readonly<Record<string, readonly Scraper[]>> = {
  "one Prometheus": [{ labels: 'job="a"' }],
  "one Prometheus at another time": [{ labels: 'job="a"', phase: 0.7 }],
  "an HA pair": [
    { labels: 'job="a",prometheus_replica="0"' },
    { labels: 'job="a",prometheus_replica="1"', phase: 0.4 },
  ],
  "an HA pair that nobody said is one": [{ labels: 'job="a",twin="0"' }, { labels: 'job="a",twin="1"', phase: 0.4 }],
  "an HA pair of which one dies": [
    { labels: 'job="a",prometheus_replica="0"', phase: 0.3 },
    { labels: 'job="a",prometheus_replica="1"', to: 13.2, marks: false },
  ],
  "an HA pair of which one begins": [
    { labels: 'job="a",prometheus_replica="0"' },
    { labels: 'job="a",prometheus_replica="1"', phase: 0.4, from: 13 },
  ],
  "two jobs": [{ labels: 'job="a"' }, { labels: 'job="b"', phase: 0.6 }],
  "two jobs of which one dies": [
    { labels: 'job="a"', to: 14, marks: false },
    { labels: 'job="b"', phase: 0.6 },
  ],
  "two jobs under an HA pair": [
    { labels: 'job="a",prometheus_replica="0"' },
    { labels: 'job="a",prometheus_replica="1"', phase: 0.3 },
    { labels: 'job="b",prometheus_replica="0"', phase: 0.5 },
    { labels: 'job="b",prometheus_replica="1"', phase: 0.9 },
  ],
  "a job that takes over from another": [
    { labels: 'job="a"', to: 13.5 },
    { labels: 'job="b"', phase: 0.2, from: 13.6 },
  ],
  "a Prometheus that takes over from one that dies": [
    { labels: 'job="a",prometheus_replica="0"', to: 13.5, marks: false },
    { labels: 'job="a",prometheus_replica="1"', phase: 0.2, from: 13.6 },
  ],
  "virt-handlers that are replaced": [
    { labels: 'job="a",pod="old"', to: 13.5 },
    { labels: 'job="a",pod="new"', phase: 0.8, from: 13.6 },
  ],
  "virt-handlers that are replaced under an HA pair": [
    { labels: 'job="a",prometheus_replica="0",pod="old"', to: 13.5 },
    { labels: 'job="a",prometheus_replica="0",pod="new"', phase: 0.8, from: 13.6 },
    { labels: 'job="a",prometheus_replica="1",pod="old"', phase: 0.4, to: 13.5 },
    { labels: 'job="a",prometheus_replica="1",pod="new"', phase: 0.3, from: 13.6 },
  ],
  "a scrape that fails": [{ labels: 'job="a"', fails: (scrape) => scrape === 14 }],
  "a scrape that is lost without a trace": [{ labels: 'job="a"', fails: (scrape) => scrape === 14, marks: false }],
  "an HA pair of which one often fails": [
    { labels: 'job="a",prometheus_replica="0"' },
    { labels: 'job="a",prometheus_replica="1"', phase: 0.4, fails: (scrape) => scrape % 3 > 0 },
  ],
  "a federation, which has no markers": [{ labels: 'job="a"', marks: false }],
};
