import type { JobState } from "@/jobs/state.ts";
import type { Translated } from "./locale.ts";
import { createTranslator } from "./translator.ts";

const jobTexts = {
  heading: { "zh-CN": "任务", en: "Jobs" },
  all: { "zh-CN": "全部", en: "All" },
  filter: { "zh-CN": "按状态筛选", en: "Filter by state" },
  newJob: { "zh-CN": "新任务", en: "New job" },
  noJobs: { "zh-CN": "还没有任务", en: "No jobs yet" },
  noJobsCure: {
    "zh-CN": "点击“新任务”提交一个，或在聊天中让机器人执行。",
    en: "Submit one with “New job”, or ask the bot in the chat.",
  },
  noneInState: { "zh-CN": "没有处于此状态的任务", en: "No job is in this state" },
  pages: { "zh-CN": "翻页", en: "Pages" },
  newest: { "zh-CN": "最新", en: "Newest" },
  older: { "zh-CN": "更早", en: "Older" },
  danger: { "zh-CN": "无沙箱", en: "No sandbox" },
  job: { "zh-CN": "任务", en: "Job" },

  queued: { "zh-CN": "排队中", en: "Queued" },
  running: { "zh-CN": "运行中", en: "Running" },
  succeeded: { "zh-CN": "成功", en: "Succeeded" },
  failed: { "zh-CN": "失败", en: "Failed" },
  canceled: { "zh-CN": "已取消", en: "Canceled" },
  waitingForMemory: {
    "zh-CN": "等待内存：可用 {available} MiB，需要 512 MiB",
    en: "Waits for memory: {available} MiB available, 512 MiB needed",
  },
  leftByPredecessor: {
    "zh-CN": "旧版服务遗留，不会自动执行；可取消或重新提交",
    en: "Left by the service before this one: not run by itself; cancel it or run it again",
  },

  submitHeading: { "zh-CN": "新任务", en: "New job" },
  continueHeading: { "zh-CN": "继续任务 {id} 的会话", en: "Continue the thread of job {id}" },
  task: { "zh-CN": "任务内容", en: "Task" },
  taskHint: {
    "zh-CN": "原样通过标准输入交给 Codex，最多 {limit} 个字符。",
    en: "Given to Codex as it is, by standard input; at most {limit} characters.",
  },
  cwd: { "zh-CN": "工作目录", en: "Working directory" },
  level: { "zh-CN": "权限级别", en: "Permission level" },
  levelSandbox: { "zh-CN": "L3：在沙箱内，只能写工作目录", en: "L3: sandboxed, writes to the working directory only" },
  levelDanger: {
    "zh-CN": "L4：无沙箱，以服务用户身份执行任何命令",
    en: "L4: no sandbox, any command as the service's user",
  },
  submit: { "zh-CN": "提交任务", en: "Submit" },
  refused: { "zh-CN": "未提交：{text}", en: "Not submitted: {text}" },
  back: { "zh-CN": "返回任务列表", en: "Back to the jobs" },

  created: { "zh-CN": "提交", en: "Submitted" },
  started: { "zh-CN": "开始", en: "Started" },
  finished: { "zh-CN": "结束", en: "Ended" },
  duration: { "zh-CN": "用时", en: "Took" },
  startedAt: { "zh-CN": "开始于", en: "Running since" },
  waitingSince: { "zh-CN": "提交于", en: "Waiting since" },
  elapsed: { "zh-CN": "已运行", en: "Running for" },
  waited: { "zh-CN": "已等待", en: "Waiting for" },
  exitCode: { "zh-CN": "退出码", en: "Exit code" },
  signal: { "zh-CN": "信号", en: "Signal" },
  peakMemory: { "zh-CN": "内存峰值", en: "Peak memory" },
  cpuTime: { "zh-CN": "CPU 时间", en: "CPU time" },
  tokens: { "zh-CN": "token 用量", en: "Tokens" },
  thread: { "zh-CN": "Codex 会话", en: "Codex thread" },
  resumes: { "zh-CN": "继续自", en: "Continues" },
  traceId: { "zh-CN": "追踪编号", en: "Trace id" },
  facts: { "zh-CN": "详情", en: "Details" },
  result: { "zh-CN": "结果", en: "Result" },
  emptyResult: { "zh-CN": "（没有输出）", en: "(no output)" },
  downloadLog: { "zh-CN": "下载完整日志", en: "Download the full log" },

  cancel: { "zh-CN": "取消任务", en: "Cancel" },
  cancelQuestion: {
    "zh-CN": "结束该任务及其全部子进程？已做的改动不会撤销。",
    en: "End this job and every process of it? What it has changed stays changed.",
  },
  cancelConfirm: { "zh-CN": "确认取消", en: "Yes, cancel it" },
  runAgain: { "zh-CN": "再次运行", en: "Run again" },
  runAgainQuestion: {
    "zh-CN": "用相同的内容、目录和权限提交一个新任务？",
    en: "Submit a new job with the same task, directory and level?",
  },
  runAgainDanger: {
    "zh-CN": "它没有沙箱，将以服务用户身份执行命令。",
    en: "It has no sandbox and runs commands as the service's user.",
  },
  runAgainConfirm: { "zh-CN": "确认运行", en: "Yes, run it" },
  continueThread: { "zh-CN": "继续会话", en: "Continue the thread" },

  timeline: { "zh-CN": "过程", en: "What happened" },
  omitted: {
    "zh-CN": "更早的 {count} 条见完整日志",
    en: "{count} earlier entries are in the full log",
  },
  message: { "zh-CN": "回复", en: "Message" },
  reasoning: { "zh-CN": "思考", en: "Thinking" },
  warning: { "zh-CN": "警告", en: "Warning" },
  failure: { "zh-CN": "错误", en: "Failure" },
  output: { "zh-CN": "输出", en: "Output" },
  errorOutput: { "zh-CN": "错误输出", en: "Error output" },
  command: { "zh-CN": "命令", en: "Command" },
  commandRunning: { "zh-CN": "执行中", en: "running" },
  commandUnfinished: { "zh-CN": "未完成", en: "did not finish" },
  exited: { "zh-CN": "退出码 {code}", en: "exit {code}" },
  exitUnknown: { "zh-CN": "退出码未知", en: "exit unknown" },
  files: { "zh-CN": "文件", en: "Files" },
  fileAdd: { "zh-CN": "新增", en: "added" },
  fileUpdate: { "zh-CN": "修改", en: "changed" },
  fileDelete: { "zh-CN": "删除", en: "deleted" },
  plan: { "zh-CN": "计划", en: "Plan" },
  planDone: { "zh-CN": "已完成", en: "done" },
  planOpen: { "zh-CN": "未完成", en: "to do" },
} satisfies Record<string, Translated> & Record<JobState, Translated>;

export const jobTranslator = createTranslator(jobTexts);

export type JobTranslate = ReturnType<typeof jobTranslator>;
