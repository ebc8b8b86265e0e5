CREATE TABLE `idempotency_keys` (
	`key` text PRIMARY KEY NOT NULL,
	`request_hash` text NOT NULL,
	`job_id` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `service_state` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `change_seq` integer;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `resume_job_id` text;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `waiting_reason` text;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `waiting_since` text;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `waiting_available_mib` integer;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `exit_code` integer;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `signal` text;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `duration_ms` integer;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `peak_memory_kib` integer;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `cpu_ms` integer;--> statement-breakpoint
CREATE INDEX `executor_jobs_change_seq` ON `executor_jobs` (`change_seq`);--> statement-breakpoint
ALTER TABLE `model_snapshots` ADD `capability` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `model_snapshots` ADD `vendor` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `model_snapshots` ADD `enabled` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `model_snapshots` ADD `is_default` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sync_events` ADD `changed` integer;--> statement-breakpoint
ALTER TABLE `sync_events` ADD `detail` text;