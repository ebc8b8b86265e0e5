-- A predecessor's file already has these tables: they are kept with their rows.
CREATE TABLE IF NOT EXISTS `executor_jobs` (
	`job_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`executor` text NOT NULL,
	`task` text NOT NULL,
	`cwd` text NOT NULL,
	`permission_level` text NOT NULL,
	`allow_danger` integer NOT NULL,
	`created_at` text NOT NULL,
	`started_at` text,
	`finished_at` text,
	`result_text` text,
	`error_code` text,
	`error` text,
	`trace_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `model_snapshots` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`provider_id` text NOT NULL,
	`model` text NOT NULL,
	`provider_type` text DEFAULT '' NOT NULL,
	`base_url` text DEFAULT '' NOT NULL,
	`imported_at` text NOT NULL,
	`source` text NOT NULL,
	`trace_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS `sync_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`imported_at` text NOT NULL,
	`source` text NOT NULL,
	`provider_count` integer NOT NULL,
	`trace_id` text NOT NULL
);
