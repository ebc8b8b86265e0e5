-- What a predecessor that crashed, or another program, may have left and the constraints of the next migration would
-- reject. No row is dropped, complete rows stay as they are, and the file as it was is kept beside the database.
-- Ids name files too. Of several rows with one id the last keeps it.
UPDATE `executor_jobs` SET `job_id` = lower(hex(randomblob(8)))
WHERE `job_id` IS NULL OR CAST(`job_id` AS TEXT) = '' OR CAST(`job_id` AS TEXT) GLOB '*[^A-Za-z0-9_-]*'
OR `rowid` NOT IN (SELECT max(`rowid`) FROM `executor_jobs` GROUP BY CAST(`job_id` AS TEXT));
--> statement-breakpoint
UPDATE `executor_jobs` SET
	`job_id` = CAST(`job_id` AS TEXT),
	`state` = replace(lower(trim(CAST(coalesce(`state`, '') AS TEXT))), 'cancelled', 'canceled'),
	`executor` = CAST(coalesce(`executor`, 'codex') AS TEXT),
	`task` = CAST(coalesce(`task`, '') AS TEXT),
	`cwd` = CAST(coalesce(`cwd`, '') AS TEXT),
	`permission_level` = CAST(coalesce(`permission_level`, '') AS TEXT),
	`allow_danger` = lower(CAST(coalesce(`allow_danger`, 0) AS TEXT)) IN ('1', 'true'),
	`created_at` = coalesce(
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `created_at` LIKE '____-__-__%' THEN CAST(`created_at` AS TEXT) END),
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `created_at` GLOB '[0-9]*' AND `created_at` NOT GLOB '*[^0-9.]*' THEN CAST(`created_at` AS INTEGER) END, 'unixepoch'),
		'1970-01-01T00:00:00Z'
	),
	`started_at` = coalesce(
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `started_at` LIKE '____-__-__%' THEN CAST(`started_at` AS TEXT) END),
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `started_at` GLOB '[0-9]*' AND `started_at` NOT GLOB '*[^0-9.]*' THEN CAST(`started_at` AS INTEGER) END, 'unixepoch')
	),
	`finished_at` = coalesce(
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `finished_at` LIKE '____-__-__%' THEN CAST(`finished_at` AS TEXT) END),
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `finished_at` GLOB '[0-9]*' AND `finished_at` NOT GLOB '*[^0-9.]*' THEN CAST(`finished_at` AS INTEGER) END, 'unixepoch')
	),
	`result_text` = CAST(`result_text` AS TEXT),
	`error_code` = CAST(`error_code` AS TEXT),
	`error` = CAST(`error` AS TEXT),
	`trace_id` = CAST(coalesce(`trace_id`, '') AS TEXT);
--> statement-breakpoint
UPDATE `executor_jobs` SET
	`error` = '升级前的数据库里，它的状态“' || CASE WHEN `state` GLOB '*[^a-z_-]*' THEN '?' ELSE substr(`state`, 1, 20) END ||
		'”无法识别' || CASE WHEN coalesce(`error`, '') = '' THEN '' ELSE '：' || `error` END,
	`error_code` = 'state_unknown',
	`state` = 'failed'
WHERE `state` NOT IN ('queued', 'running', 'succeeded', 'failed', 'canceled');
--> statement-breakpoint
UPDATE `executor_jobs` SET `finished_at` = coalesce(`started_at`, `created_at`)
WHERE `state` IN ('succeeded', 'failed', 'canceled') AND `finished_at` IS NULL;
--> statement-breakpoint
UPDATE `executor_jobs` SET `started_at` = coalesce(`started_at`, `created_at`), `finished_at` = NULL
WHERE `state` = 'running' AND (`started_at` IS NULL OR `finished_at` IS NOT NULL);
--> statement-breakpoint
UPDATE `executor_jobs` SET `started_at` = NULL, `finished_at` = NULL
WHERE `state` = 'queued' AND (`started_at` IS NOT NULL OR `finished_at` IS NOT NULL);
--> statement-breakpoint
UPDATE `model_snapshots` SET
	`provider_id` = CAST(coalesce(`provider_id`, '') AS TEXT),
	`model` = CAST(coalesce(`model`, '') AS TEXT),
	`provider_type` = CAST(coalesce(`provider_type`, '') AS TEXT),
	`base_url` = CAST(coalesce(`base_url`, '') AS TEXT),
	`imported_at` = coalesce(
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `imported_at` LIKE '____-__-__%' THEN CAST(`imported_at` AS TEXT) END),
		'1970-01-01T00:00:00Z'
	),
	`source` = CAST(coalesce(`source`, '') AS TEXT),
	`trace_id` = CAST(coalesce(`trace_id`, '') AS TEXT);
--> statement-breakpoint
UPDATE `sync_events` SET
	`imported_at` = coalesce(
		strftime('%Y-%m-%dT%H:%M:%SZ', CASE WHEN `imported_at` LIKE '____-__-__%' THEN CAST(`imported_at` AS TEXT) END),
		'1970-01-01T00:00:00Z'
	),
	`source` = CAST(coalesce(`source`, '') AS TEXT),
	`provider_count` = CAST(coalesce(`provider_count`, 0) AS INTEGER),
	`trace_id` = CAST(coalesce(`trace_id`, '') AS TEXT);
