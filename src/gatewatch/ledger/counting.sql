SELECT
  "t1"."subject",
  "t1"."about",
  "t1"."probe_cc",
  "t1"."network",
  "t1"."hour",
  "t1"."whole",
  COALESCE(SUM("t1"."worth") FILTER(WHERE
    "t1"."counts"), 0.0) AS "blocked",
  SUM(CAST("t1"."counts" AS INT)) AS "total",
  COUNT(*) AS "seen",
  BIT_OR("t1"."bit") FILTER(WHERE
    "t1"."counts" AND (
      "t1"."worth" > 0
    )) AS "mechanisms",
  MIN(COALESCE("t1"."probe", 0)) FILTER(WHERE
    "t1"."counts" AND (
      "t1"."worth" > 0
    )) AS "least_probe",
  MAX(COALESCE("t1"."probe", 0)) FILTER(WHERE
    "t1"."counts" AND (
      "t1"."worth" > 0
    )) AS "most_probe",
  MIN(COALESCE("t1"."make", 1)) FILTER(WHERE
    "t1"."counts" AND (
      "t1"."worth" = 0
    )) AS "least_sound",
  MAX(COALESCE("t1"."make", 1)) FILTER(WHERE
    "t1"."counts" AND (
      "t1"."worth" = 0
    )) AS "most_sound"
FROM (
  SELECT
    "t0"."subject",
    "t0"."about",
    "t0"."probe_cc",
    "t0"."whole",
    "t0"."state",
    "t0"."hour",
    "t0"."network",
    "t0"."probe",
    "t0"."make",
    "t0"."bit",
    "t0"."state" IN ('blocked', 'likely_blocked', 'impaired', 'ok')
    AND (
      "t0"."network" > 0
    ) AS "counts",
    CASE "t0"."state"
      WHEN 'blocked'
      THEN 1.0
      WHEN 'likely_blocked'
      THEN 0.75
      WHEN 'impaired'
      THEN 0.5
      WHEN 'ok'
      THEN 0.0
      ELSE 0.0
    END AS "worth"
  FROM "asked" AS "t0"
) AS "t1"
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6
