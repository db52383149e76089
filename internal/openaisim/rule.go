// Package openaisim is a simulated OpenAI API that answers from scripted rules. It is an http.RoundTripper: the client
// above it, its retries and its errors are those of live use. Answers, ids, times and usage depend on the rules, the
// seed and who is asking only, so that the same run gives the same bytes.
package openaisim

import (
	"regexp"
	"strings"
	"time"

	"askflow/internal/source"
)

// Rule is one scripted answer or fault. The first rule whose every condition holds answers.
type Rule struct {
	Name string // "" when the rule has none
	File string
	Pos  source.Pos
	When When
	// Reply is the answer's text as written; see HasReply.
	Reply    string
	HasReply bool
	// Usage is nil when it is to be estimated.
	Usage   *Usage
	Latency time.Duration
	Fault   *Fault
	// Times limits the rule to so many attempts of one (record, step, visit); 0: no limit.
	Times int
	// Rate is the probability, drawn by the seed, with which the rule holds; 0: always.
	Rate float64

	reply    []segment // Reply, cut at its ${…}
	replyPos source.Pos
}

// When is a rule's conditions; empty ones hold always.
type When struct {
	Assistant    string // id or name
	Model        string
	Record       string // id
	Step         string // action id or name
	Prompt       *Text  // nil: any
	Instructions *Text  // nil: any
	AssistantPos source.Pos
	ModelPos     source.Pos
}

// Text is conditions on a text; empty ones hold always.
type Text struct {
	Contains    []string // all of them
	NotContains []string // none of them
	StartsWith  string
	Equals      *string
	Matches     *regexp.Regexp

	literal string // a text every match of Matches holds, to spare the expression; "" when none is known
}

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of fault. FaultStatus is an error answer of the API.
const (
	FaultStatus      FaultKind = "status"
	FaultTimeout     FaultKind = "timeout"      // no answer before the client's timeout
	FaultReset       FaultKind = "reset"        // the connection breaks
	FaultTruncated   FaultKind = "truncated"    // the body breaks off
	FaultInvalidJSON FaultKind = "invalid_json" // the body is no JSON
	FaultEmpty       FaultKind = "empty"        // an answer without text
	FaultRefusal     FaultKind = "refusal"      // the model refuses; reply is what it says
	FaultIncomplete  FaultKind = "incomplete"   // the output bound is used up; reply is what there is
)

// Fault is a scripted failure.
type Fault struct {
	Kind FaultKind
	// The rest belongs to FaultStatus.
	Status     int
	Code       string
	Message    string
	Type       string
	Param      string
	RetryAfter time.Duration // 0: not named
	Headers    map[string]string
	// Body is sent as it is instead of the API's envelope, as gateways do; nil: the envelope.
	Body *string
	// Inside tells that the error comes inside of an answer that looks like a success: a failed response or run.
	Inside bool
}

// Usage is scripted token counts. Input includes cached and written ones, output includes reasoning.
type Usage struct {
	InputTokens      int
	CachedTokens     int
	CacheWriteTokens int
	OutputTokens     int
	ReasoningTokens  int

	input, output bool // scripted; the other one is estimated
}

// Always tells whether the rule answers every question.
func (r *Rule) Always() bool {
	w := r.When
	return r.Times == 0 && r.Rate == 0 && w.Assistant == "" && w.Model == "" && w.Record == "" && w.Step == "" &&
		w.Prompt == nil && w.Instructions == nil
}

// unfilled tells that somebody still has to write the reply, as in what --draft-missing leaves. An answer without text is
// a fault: empty.
func (r *Rule) unfilled() bool { return r.HasReply && r.Reply == "" && r.Fault == nil }

// Unwritten is the one question that the rule waits for while its reply is still to be written; ok is false for a rule
// with a reply, and for one that is for more than one prompt.
func (r *Rule) Unwritten() (assistant, record, prompt string, ok bool) {
	w := r.When
	if !r.unfilled() || w.Prompt == nil || w.Prompt.Equals == nil {
		return "", "", "", false
	}
	return w.Assistant, w.Record, *w.Prompt.Equals, true
}

// Title names the rule for messages: by its name, else by where it stands.
func (r *Rule) Title() string {
	where := source.Problem{File: r.File, Line: r.Pos.Line, Col: r.Pos.Col}.Where()
	if r.Name != "" {
		return strings.TrimSpace("“" + r.Name + "” " + parenthesised(where))
	}
	if where == "" {
		return "a rule without a name"
	}
	return "the rule at " + where
}

func parenthesised(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}
