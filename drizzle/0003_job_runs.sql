ALTER TABLE `executor_jobs` ADD `pid` integer;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `pid_start` text;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `thread_id` text;--> statement-breakpoint
ALTER TABLE `executor_jobs` ADD `usage` text;