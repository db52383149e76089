package filter

import (
	"strings"

	"askflow/internal/source"
)

// test compares a value that is not empty.
type test interface {
	match(rec Record, value string) verdict
	// words continue "P is V, …" for the outcomes yes and no.
	words(rec Record) (holds, fails string)
	// invalid continues it for a value that cannot be compared.
	invalid(value string) string
}

// condition is a test of one property.
type condition struct {
	property       string
	pos            source.Pos
	includeNoValue bool
	test           test
}

func (n *condition) match(rec Record) verdict {
	value := rec.Get(n.property)
	if value == "" {
		return verdictOf(n.includeNoValue)
	}
	return n.test.match(rec, value)
}

func (n *condition) reason(rec Record, _ verdict) string {
	value := rec.Get(n.property)
	if value == "" {
		if n.includeNoValue {
			return show(n.property) + " has no value, which this filter lets pass"
		}
		return show(n.property) + " has no value"
	}
	start := show(n.property) + " is " + quote(value) + ", "
	outcome := n.test.match(rec, value)
	if outcome == unknown {
		return start + n.test.invalid(value)
	}
	holds, fails := n.test.words(rec)
	if outcome == yes {
		return start + holds
	}
	return start + fails
}

func (n *condition) explain(rec Record, e *explainer) {
	e.add(n.match(rec), n.reason(rec, yes), n.property, n.pos)
}

// presence is ALL_PROPERTY: whether there is a value at all.
type presence struct {
	property string
	operator string
	pos      source.Pos
}

func (n *presence) match(rec Record) verdict {
	value := rec.Get(n.property)
	switch n.operator {
	case "IS_KNOWN":
		return verdictOf(value != "")
	case "IS_UNKNOWN":
		return verdictOf(value == "")
	case "IS_BLANK":
		return verdictOf(strings.TrimSpace(value) == "")
	default: // IS_NOT_BLANK
		return verdictOf(strings.TrimSpace(value) != "")
	}
}

func (n *presence) reason(rec Record, _ verdict) string {
	value := rec.Get(n.property)
	if value == "" {
		return show(n.property) + " has no value"
	}
	return show(n.property) + " is " + quote(value)
}

func (n *presence) explain(rec Record, e *explainer) {
	e.add(n.match(rec), n.reason(rec, yes), n.property, n.pos)
}

// unwanted ends the reason of a negative comparison with one value, which the value before it repeats.
const unwanted = "which it must not be"

// phrase words a comparison. A negative one ("none of") holds where the words do not apply.
func phrase(words string, negated bool) (holds, fails string) {
	if negated {
		return "not " + words, "but must not be " + words
	}
	return words, "not " + words
}
