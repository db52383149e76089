package filter

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

type enumOp uint8

const (
	enumAny enumOp = iota
	enumExactly
	enumAll
)

// enumTest compares the internal values of an enumeration.
type enumTest struct {
	op       enumOp
	negated  bool
	multiple bool // the value holds several, joined by ";"
	values   []string
	holds    string
	fails    string
}

func compileEnum(c *compiler, t target) test {
	if !c.need(t) {
		return nil
	}
	out := &enumTest{multiple: t.prop.Multiple || t.prop.Inferred}
	var words string
	switch t.operator {
	case "IS_ANY_OF", "IS_NONE_OF":
		out.op, words = enumAny, "any of "
	case "IS_EXACTLY", "IS_NOT_EXACTLY":
		out.op, words = enumExactly, "exactly "
	default: // CONTAINS_ALL, DOES_NOT_CONTAIN_ALL
		out.op, words = enumAll, "all of "
	}
	out.negated = strings.Contains(t.operator, "NOT_") || t.operator == "IS_NONE_OF"
	for _, v := range t.op.Values {
		// An exact selection is also written as the joined value.
		if out.multiple && strings.Contains(v, ";") {
			for part := range strings.SplitSeq(v, ";") {
				out.values = c.option(out.values, part, t)
			}
			continue
		}
		out.values = c.option(out.values, v, t)
	}
	out.holds, out.fails = phrase(words+list(out.values, show), out.negated)
	if out.negated && out.op == enumAny && len(out.values) == 1 && !out.multiple {
		out.fails = unwanted
	}
	return out
}

// option adds a value of the filter as an internal value. Labels are accepted, since people see those.
func (c *compiler) option(values []string, v string, t target) []string {
	add := func(v string) []string {
		if slices.Contains(values, v) {
			return values
		}
		return append(values, v)
	}
	if len(t.prop.Options) == 0 {
		return add(v)
	}
	internal, ok := t.prop.OptionValue(v)
	if !ok {
		c.r.Warnf(t.op.Pos, "unknown_option", optionHint(t.prop, v), "%s has no option %s", show(t.prop.Name), quote(v))
		return add(v)
	}
	if internal != v {
		c.r.Warnf(t.op.Pos, "option_label", fmt.Sprintf("write %q", internal), "filters compare internal values; %s of %s is read as %s", quote(v), show(t.prop.Name), quote(internal))
	}
	return add(internal)
}

func optionHint(p hubspot.Property, v string) string {
	options := make([]string, len(p.Options))
	for i, o := range p.Options {
		options[i] = o.Value
	}
	if near := source.Nearest(v, options); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "its options are " + list(options, show)
}

func (x *enumTest) match(_ Record, value string) verdict {
	return verdictOf(x.holdsFor(value) != x.negated)
}

func (x *enumTest) holdsFor(value string) bool {
	if !x.multiple {
		if x.op == enumAny {
			return slices.Contains(x.values, value)
		}
		return len(x.values) == 1 && x.values[0] == value
	}
	if x.op != enumAny {
		for _, v := range x.values {
			if !selected(value, v) {
				return false
			}
		}
		if x.op == enumAll {
			return true
		}
	}
	// Any of: one selected option is in the list. Exactly: all selected options are.
	for rest, more := value, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ";")
		if part == "" {
			continue
		}
		if slices.Contains(x.values, part) != (x.op == enumExactly) {
			return x.op == enumAny
		}
	}
	return x.op == enumExactly
}

// selected tells whether a multi-select value holds an option.
func selected(value, option string) bool {
	for rest, more := value, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, ";")
		if part == option && part != "" {
			return true
		}
	}
	return false
}

func (x *enumTest) words(Record) (holds, fails string) { return x.holds, x.fails }
func (x *enumTest) invalid(string) string              { return "which is no option" }

// boolTest compares true and false.
type boolTest struct{ want bool }

func compileBool(c *compiler, t target) test {
	if !c.need(t) {
		return nil
	}
	want, ok := parseBool(t.op.Values[0])
	if !ok || len(t.op.Values) > 1 {
		c.r.Errorf(t.op.Pos, "bad_value", "write true or false", "BOOL %s on %s compares with %s, which is neither true nor false", t.op.Operator, show(t.prop.Name), list(t.op.Values, quote))
		return nil
	}
	if t.operator == "IS_NOT_EQUAL_TO" {
		want = !want
	}
	return &boolTest{want}
}

func parseBool(s string) (value, ok bool) {
	switch {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

func (x *boolTest) match(_ Record, value string) verdict {
	v, ok := parseBool(value)
	if !ok {
		return unknown
	}
	return verdictOf(v == x.want)
}

func (x *boolTest) words(Record) (holds, fails string) {
	if x.want {
		return "as it must be", "not true"
	}
	return "as it must be", "not false"
}

func (x *boolTest) invalid(string) string { return "which is neither true nor false" }
