SELECT
  `t2`.`subject`,
  `t2`.`about`,
  `t2`.`probe_cc`,
  `t2`.`network`,
  `t2`.`hour`,
  `t2`.`whole`,
  COALESCE(SUM(`t2`.`weight`), 0.0) AS `blocked`,
  SUM(CAST(`t2`.`counts` AS INT)) AS `total`,
  COUNT(*) AS `seen`,
  BIT_OR(`t2`.`how`) AS `mechanisms`,
  MIN(`t2`.`who`) AS `least_probe`,
  MAX(`t2`.`who`) AS `most_probe`,
  MIN(`t2`.`free`) AS `least_sound`,
  MAX(`t2`.`free`) AS `most_sound`
FROM (
  SELECT
    `t1`.`subject`,
    `t1`.`about`,
    `t1`.`probe_cc`,
    `t1`.`whole`,
    `t1`.`state`,
    `t1`.`hour`,
    `t1`.`network`,
    `t1`.`probe`,
    `t1`.`make`,
    `t1`.`bit`,
    `t1`.`counts`,
    `t1`.`worth`,
    CASE WHEN `t1`.`counts` THEN `t1`.`worth` ELSE NULL END AS `weight`,
    CASE WHEN `t1`.`counts` AND (
      `t1`.`worth` > 0
    ) THEN `t1`.`bit` ELSE NULL END AS `how`,
    CASE
      WHEN `t1`.`counts` AND (
        `t1`.`worth` > 0
      )
      THEN COALESCE(`t1`.`probe`, 0)
      ELSE NULL
    END AS `who`,
    CASE
      WHEN `t1`.`counts` AND (
        `t1`.`worth` = 0
      )
      THEN COALESCE(`t1`.`make`, 1)
      ELSE NULL
    END AS `free`
  FROM (
    SELECT
      `t0`.`subject`,
      `t0`.`about`,
      `t0`.`probe_cc`,
      `t0`.`whole`,
      `t0`.`state`,
      `t0`.`hour`,
      `t0`.`network`,
      `t0`.`probe`,
      `t0`.`make`,
      `t0`.`bit`,
      `t0`.`state` IN ('blocked', 'likely_blocked', 'impaired', 'ok')
      AND (
        `t0`.`network` > 0
      ) AS `counts`,
      CASE `t0`.`state`
        WHEN 'blocked'
        THEN 1.0
        WHEN 'likely_blocked'
        THEN 0.75
        WHEN 'impaired'
        THEN 0.5
        WHEN 'ok'
        THEN 0.0
        ELSE 0.0
      END AS `worth`
    FROM `asked` AS `t0`
  ) AS `t1`
) AS `t2`
GROUP BY
  1,
  2,
  3,
  4,
  5,
  6
