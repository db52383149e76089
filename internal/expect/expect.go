// Package expect is checks of values: what `equals`, `one_of`, `json`, `similar` and the others of a test's expectations mean, how
// they are read, and how they say that a value does not meet them. It knows nothing of workflows.
package expect

import (
	"context"
)

// Kind says what a Value is, and so which checks it takes.
type Kind uint8

// The kinds of value.
const (
	KindText    Kind = iota
	KindBool         // enrolled
	KindNumber       // usage, cost, attempts, latency
	KindList         // path, the recipients of a notification
	KindEffects      // task, notification, email, record, association: what count counts
)

// Value is what a subject came to in one enrollment.
type Value struct {
	Kind Kind
	// Missing says in words why there is no value ("the step qualify was not reached"); "" when there is one. A missing value
	// meets exists: false and nothing else.
	Missing string
	Text    string
	Bool    bool
	Number  float64
	// Exact is a number as results write it, for messages; "" for Number itself.
	Exact string
	List  []string
	Count int // of KindEffects
	// Several are the values of the same part of several effects (the subjects of three tasks); a check holds when it holds for
	// one of them, a negative one when it holds for all. Nil for a single value.
	Several []Value
	// Prompt is what was asked, where the value is an answer: judges are told.
	Prompt string
}

// Check is one compiled check. It is immutable and may be used by many goroutines.
type Check interface {
	// Name is the check's word in the file: equals, one_of, …
	Name() string
	// Test returns nil when the value meets the check.
	Test(ctx context.Context, v *Value, judge Judge) *Mismatch
}

// Mismatch is how a value fails a check.
type Mismatch struct {
	Expected string // in words, or the text itself
	Got      string
	// Differs points to the part that differs ("at character 12: …"); "" when expected and got show it.
	Differs string
	// Diff marks, for texts that are compared as a whole, what is only in one of them: a unified diff by words or lines; "" otherwise.
	Diff string
	// Code tells apart what is no failed expectation of the workflow: JudgeFailed and NotJudged. "" otherwise.
	Code string
}

// Codes of mismatches that say nothing of the value.
const (
	// JudgeFailed is that of a judge that could not be asked or understood.
	JudgeFailed = "judge_failed"
	// NotJudged is that of a check which depends on a judge where nobody can be asked: it is neither met nor failed.
	NotJudged = "not_judged"
)

// Judge asks an assistant whether a text meets a rubric. Nil where judges cannot be asked.
type Judge func(ctx context.Context, q JudgeQuestion) (JudgeVerdict, error)

// JudgeQuestion is one question to a judge.
type JudgeQuestion struct {
	Assistant string // id or name
	Rubric    string
	Answer    string // the text judged
	Prompt    string // what the text is an answer to, "" when it is none
}

// JudgeVerdict is what a judge said.
type JudgeVerdict struct {
	Pass   bool
	Score  *float64 // 0 to 1, nil when it gave none
	Reason string
}

// Domain is what is known of the values that checks will look at, so that those which can never fail, or never hold, are refused.
type Domain struct {
	Kind Kind
	// Subject is what messages call the value: "response", "property state".
	Subject string
	// Words are the texts that are possible; nil for any.
	Words []string
	// Optional tells that to be one of Words says something: a check that all of them meet is no slip.
	Optional bool
	// Usual are the texts that values have as far as is known; another one is worth a warning. Nil for any.
	Usual *Usual
	// Form tells whether a text can be a value, or with part a passage of one, and if not, what to write. Nil for any.
	Form func(text string, part bool) (ok bool, hint string)
	// Least and Most bound a number; nil for no bound.
	Least, Most *float64
	// Whole tells that a number has no fraction.
	Whole bool
	// Canon brings an item of a list to the form that values have (a step's name to what paths show), false when there is no such
	// item, with the names there are. Nil where any text is an item.
	Canon func(item string) (canonical string, known bool)
	Names []string
	// Listed are the items as hints list them; nil for Names.
	Listed []string
	// Distinct tells that no item stands twice in a list.
	Distinct bool
	// Multiline tells that texts may have line breaks.
	Multiline bool
	// Always tells that there is a value in every enrollment, so that exists: true can never fail.
	Always bool
	// Several tells that values may have several parts: checks of one mapping may be met by different ones, and do not contradict
	// each other.
	Several bool
}

// Usual are texts that values have as far as is known.
type Usual struct {
	// Texts are the values; where Separator is not "", a value may be several of them with it in between.
	Texts     []string
	Separator string
	// Code is that of the warning, Kind what a text is called in it: option, error code.
	Code, Kind string
	// Meant finds the value of a text that is another name of it, "" for none. Nil where there are no other names.
	Meant func(text string) string
}

// Env is what reading checks needs of its surroundings.
type Env struct {
	// ReadFile reads a file of the portal by its relative name: JSON Schemas. Nil where there are no files.
	ReadFile func(name string) ([]byte, error)
	// Assistant tells whether the portal has an assistant of that id or name, and the names there are.
	Assistant func(idOrName string) (known bool, names []string)
}
