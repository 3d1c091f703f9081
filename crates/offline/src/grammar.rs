//! The tables of the grammar. A new ability is a new row: what the person says, with slots for what
//! it is about, and the tool that does it.

/// What a row does: the tool, then fixed arguments. `find` is the state an item must be in, `needs`
/// the slot to ask for.
pub(crate) type Row = (&'static str, &'static str);

/// Requests; the first row that fits counts. A row without a tool is none.
pub(crate) const REQUESTS: &[Row] = &[
    ("remind me <draft>?", "create_task"),
    ("don't let me? forget <draft>?", "create_task"),
    ("@create me|up|down? @new? new|following? @task <draft>?", "create_task"),
    ("@create me|up|down? @new? new|following? @tasks <drafts>?", "create_task"),
    ("tasks:|todos:|to-dos:|reminders: <drafts>?", "create_task"),
    ("to? task:|todo:|to-do:|reminder:|do: <draft>?", "create_task"),
    ("put|add|write|place <draft> on|to|onto|in my|the|our @list list? <draft>?", "create_task"),
    ("put|add|write|place <draft> as a @task", "create_task"),
    // Questions: each of their words must be known, so that no other question is taken for one.
    ("@tasks|list", "list_tasks status=open"),
    ("<overdue> @tasks?", "list_tasks status=open"),
    ("@done @tasks", "list_tasks status=done"),
    ("find|search|look @small* @tasks @about|@called|for|with @the? <q>", "list_tasks status=open"),
    ("@asking @loose* @done @loose* @about @the? <q>", "list_tasks status=done"),
    ("@asking @loose* @tasks|anything @loose* @about|@called @the? <q>", "list_tasks status=open"),
    ("@asking @loose* @done @loose*", "list_tasks status=done"),
    ("@asking @loose* <overdue> @loose*", "list_tasks status=open"),
    ("@asking @loose* <period> @loose*", "list_tasks status=open"),
    ("@asking @loose* <when> @loose*", "list_tasks status=open"),
    ("@asking @loose* everything @loose*", "list_tasks"),
    ("@asking @small* all @loose* @tasks|list @loose*", "list_tasks"),
    ("all @small* @tasks", "list_tasks"),
    ("@asking @small* @tasky @loose*", "list_tasks status=open"),
    // Changes.
    ("mark|set <task> as? not @done", "update_task status=open find=done"),
    ("mark|set <task> as|to @done", "complete_task find=open"),
    ("mark <task> @done", "complete_task find=open"),
    ("mark|set <task> as|to? open|undone|unfinished", "update_task status=open find=done"),
    ("tick|check|cross <task> off", "complete_task find=open"),
    ("tick|check|cross off <task>", "complete_task find=open"),
    ("complete|finish|close <task>", "complete_task find=open"),
    ("i|we|i've|we've have? finished|completed|did|done <task>", "complete_task find=open"),
    ("i? i'm|am? done with <task>", "complete_task find=open"),
    ("reopen|uncheck <task>", "update_task status=open find=done"),
    ("delete|remove|erase|drop|scrap <task>", "delete_task"),
    ("get rid of <task>", "delete_task"),
    ("rename|retitle <task> to|into|as <title>", "update_task"),
    ("change|set the? title|name of <task> to|into|as <title>", "update_task"),
    ("rename|retitle <task>", "update_task needs=title"),
    ("change|set|move the? due? date|deadline of|for <task> to|until? <when>", "update_task"),
    ("@shift <task> back? to|until? <when>", "update_task"),
    ("make <it> <when>", "update_task"),
    ("@shift <task>", "update_task needs=when"),
    ("assign|reassign|delegate <task> to <who>", "update_task"),
    ("assign|reassign|delegate <task>", "update_task needs=who"),
    ("<task> is|are now|already? @done", "complete_task find=open"),
    ("i|we|i've|we've have? need|have|got|ought to know|see|understand|ask|find|hear <other>?", ""),
    ("i|we must|should know|see|understand|ask|find|hear <other>?", ""),
    ("i|we|i've|we've have? need|have|got|ought to <draft>", "create_task"),
    ("i|we must|should <draft>", "create_task"),
];

/// What may come before a request.
pub(crate) const FILLERS: [&str; 5] = [
    "yes|yeah|no|ok|okay|sure|right|well|so|now|oh|actually|also|and|then|please|hey|hi|hello|smithers|thanks",
    "can|could|would|will you please? also?",
    "i'd|i|we want|need|would? like? you to",
    "i'd|let's like? to",
    "i|we want|would like? to",
];

/// What makes a task of the rest, unless that is a request itself.
pub(crate) const DUTIES: [&str; 2] =
    ["i|we|i've|we've have? need|have|got|ought to", "i|we must|should"];

/// What plainly begins another request; a bare "and" belongs to a title.
pub(crate) const OPENINGS: [&str; 3] = [
    "remind me",
    "@create me|up|down? @new? new|following? @task|@tasks",
    "complete|finish|close|reopen|delete|remove|rename|move|postpone|assign|mark|tick the|my @task|@tasks",
];

/// A date at the start of a new task's description, …
pub(crate) const DATE_FIRST: [&str; 2] = ["<when> to|about|that <title>", "<on> <title>"];
/// … and what the description says after that. A title may stand around its date.
pub(crate) const DESCRIPTIONS: [&str; 4] =
    ["<when>", "<title> <when>", "<title> <on> <title>", "<title>"];

/// Ways to say that a call is to be made differently.
pub(crate) const AMENDMENTS: [&str; 4] = [
    "@well* call|name|rename it|that|this to? <title>",
    "@well* change? the? title to|should be? <title>",
    "@well* assign|give it|that to <who>",
    "@well* @making* <when>",
];

/// Ways to name an item by words.
pub(crate) const TARGETS: [&str; 2] = [
    "the|my|our|that? @task|one? about|@called|to|for|with|of|number? @the? <q> @task|one? from|off|on|in my|the|our? @list list?",
    "the|my|our|that? @task|one? about|@called|to|for|with|of|number? @the? <q> @task|one?",
];

/// What to ask when a slot is empty.
pub(crate) const QUESTIONS: [(&str, &str); 4] = [
    ("title", "What should the task be called?"),
    ("who", "To whom?"),
    ("when", "To which date? For example: to Monday"),
    ("task", "Which task do you mean? Please say a word of its title."),
];
