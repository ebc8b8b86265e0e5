-- Rows of a predecessor that crashed half-way get the timestamps their state calls for, so that the
-- constraints of the next migration hold. Complete rows are left as they are.
UPDATE `executor_jobs` SET `finished_at` = coalesce(`started_at`, `created_at`)
WHERE `state` IN ('succeeded', 'failed', 'canceled') AND `finished_at` IS NULL;
--> statement-breakpoint
UPDATE `executor_jobs` SET `started_at` = coalesce(`started_at`, `created_at`), `finished_at` = NULL
WHERE `state` = 'running' AND (`started_at` IS NULL OR `finished_at` IS NOT NULL);
--> statement-breakpoint
UPDATE `executor_jobs` SET `started_at` = NULL, `finished_at` = NULL
WHERE `state` = 'queued' AND (`started_at` IS NOT NULL OR `finished_at` IS NOT NULL);
