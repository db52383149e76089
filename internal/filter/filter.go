// Package filter evaluates filter branches over records and says why a record does not match.
//
// A branch is compiled once, which finds what is wrong with it, and matched often. What cannot be known from a fixture
// (the history of a property, an event, a filter kind of another tool) is neither true nor false: it never makes a record
// match, not even under NOT, and the reason says so.
package filter

import (
	"time"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Record is the side of a record that filters look at. Implementations overlay what a workflow has set.
type Record interface {
	// Get returns a property's value, "" when there is none. "hs_object_id" is the record's id.
	Get(property string) string
	// Associated returns the associated records of an object type ("company"). kind narrows them to one association
	// type; the id 0 means any.
	Associated(objectType string, kind hubspot.AssociationType) []Record
	// Find returns the record of an object type with that id, nil when there is none.
	Find(objectType, id string) Record
	// InList tells whether the record is a member of the list.
	InList(listID string) bool
	// Now is the time on the record's timeline.
	Now() time.Time
}

// CompileEnv is what a branch is compiled against.
type CompileEnv struct {
	// ObjectType is the name of the type of the records that will be matched, "contact".
	ObjectType string
	// Schema defines the properties. A type without definitions takes every property as text.
	Schema hubspot.Schema
	// File is the name that problems carry.
	File string
	// Zone is the portal's time zone; nil is UTC.
	Zone *time.Location
	// KnowsList tells whether the portal has a list; nil means that lists are not checked.
	KnowsList func(listID string) bool
}

// Matcher is a compiled branch. It is safe for use by several goroutines at once.
type Matcher struct {
	root node
}

// Compile reads a branch. The Matcher is never nil; a condition with an error in it never makes a record match. A nil
// branch matches every record.
//
// An AND without filters and branches matches every record, and so does an OR without any: HubSpot writes both for
// "no condition". Codes of problems: unknown_property, unknown_operation, unknown_operator, operator_type,
// missing_value, bad_value, unknown_option, option_label, single_value, no_history, unknown_list, unknown_object_type,
// unknown_filter_branch, not_evaluated, nested_too_deep, empty_branch, bad_time_zone, fiscal_year, event_not_emulated.
func Compile(branch *hubspot.FilterBranch, env CompileEnv) (*Matcher, source.Problems) {
	if env.Zone == nil {
		env.Zone = time.UTC
	}
	c := &compiler{env: env, r: &source.Reader{File: env.File}}
	if branch == nil {
		return &Matcher{root: &group{kind: groupAll}}, nil
	}
	return &Matcher{root: c.branch(branch, scope{objectType: env.ObjectType, props: env.Schema.Of(env.ObjectType)})}, c.r.Problems
}

// Match evaluates the branch. It allocates nothing unless the record's own methods do.
func (m *Matcher) Match(rec Record) Result {
	v := m.root.match(rec)
	return Result{OK: v == yes, Unknown: v == unknown, matcher: m, record: rec}
}

// Result is the outcome of matching one record. Reason and Explain look at the record again, so ask before it changes.
type Result struct {
	OK bool
	// Unknown tells that a rehearsal cannot know: the record does not match, and would not match the opposite either.
	Unknown bool
	matcher *Matcher
	record  Record
}

// Condition is one line of an explanation.
type Condition struct {
	// OK tells whether the condition speaks for the record: it holds, or under NOT it does not.
	OK bool
	// Unknown tells that a rehearsal cannot know whether it holds; OK is then false.
	Unknown bool
	// Sentence says what was found: `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`.
	Sentence string
	// Property is the property looked at, "" for lists, associations and events.
	Property string
	// Pos is where the condition stands in its file.
	Pos source.Pos
}

// Reason says in one sentence why the record does not match, "" when it does. It holds no control characters.
func (r Result) Reason() string {
	if r.OK || r.matcher == nil {
		return ""
	}
	return r.matcher.root.reason(r.record, yes)
}

// Explain lists every single condition with what was found, in the order of the branch.
func (r Result) Explain() []Condition {
	if r.matcher == nil {
		return nil
	}
	var e explainer
	r.matcher.root.explain(r.record, &e)
	return e.conditions
}

// verdict is the outcome of one node: unknown is what a fixture cannot decide.
type verdict int8

const (
	no verdict = iota
	yes
	unknown
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

func (v verdict) not() verdict {
	switch v {
	case yes:
		return no
	case no:
		return yes
	default:
		return unknown
	}
}

// node is a compiled branch or condition.
type node interface {
	match(rec Record) verdict
	// reason says in a sentence why the outcome is not the wanted one.
	reason(rec Record, want verdict) string
	explain(rec Record, e *explainer)
}

type explainer struct {
	conditions []Condition
	prefix     string
	negated    bool
}

// maxConditions bounds an explanation: association branches explain one associated record after the other.
const maxConditions = 1000

func (e *explainer) add(v verdict, sentence, property string, pos source.Pos) {
	if len(e.conditions) >= maxConditions {
		return
	}
	if e.negated {
		v = v.not()
		sentence = "not wanted: " + sentence
	}
	e.conditions = append(e.conditions, Condition{OK: v == yes, Unknown: v == unknown, Sentence: e.prefix + sentence, Property: property, Pos: pos})
}
