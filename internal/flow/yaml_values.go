package flow

import (
	"regexp"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// valueForms are the keys of a value that is not plain text.
func valueForms() []string {
	return []string{"output", "property", "fetched", "append", "append_property", "increment", "now", "in", "clear", "event", "value_object"}
}

// typed starts a v4 value.
func typed(t hubspot.ValueType, pos source.Pos) *source.Node {
	out := source.NewObject(pos)
	out.Set("type", source.NewString(string(t), pos))
	return out
}

func withText(t hubspot.ValueType, key string, text *source.Node) *source.Node {
	out := typed(t, text.Pos)
	out.Set(key, text)
	return out
}

// value compiles a value: text, or an object with one of valueForms.
func (y *yamlFlow) value(n *source.Node, what string) *source.Node {
	if n.IsScalar() {
		return withText(hubspot.StaticValue, "staticValue", y.text(n))
	}
	o := y.r.Object(n, what)
	form := ""
	for _, key := range valueForms() {
		if o.Get(key) == nil {
			continue
		}
		if form != "" {
			y.r.Errorf(n.Pos, "two_values", "keep one of them", "%s: %s and %s cannot both be the value", what, form, key)
			break
		}
		form = key
	}
	out := source.NewObject(n.Pos)
	switch form {
	case "":
		if n.Kind == source.Object && len(n.Members) == 0 || n.Kind == source.Null {
			y.r.Errorf(n.Pos, "missing_key", "write text, {output: step.key}, {property: name} or another value", "%s is empty", what)
		}
	case "value_object":
		out = y.raw(o.Get(form))
	case "in":
		o.Known("at")
		out = typed(hubspot.RelativeDatetime, n.Pos)
		out.Set("timeDelay", y.timeDelay(n, what))
	case "now", "clear":
		if !o.Bool(form, true) {
			y.r.Errorf(n.Pos, "bad_value", "", "%s: %s can only be true", what, form)
		}
		out = typed(hubspot.Timestamp, n.Pos)
		out.Set("timestampType", source.NewString("EXECUTION_TIME", n.Pos))
		if form == "clear" {
			out = withText(hubspot.StaticValue, "staticValue", source.NewString("", n.Pos))
		}
	default:
		if text := y.scalar(o, form); text != nil {
			out = y.textValue(form, text)
		}
	}
	o.Done()
	return out
}

func (y *yamlFlow) textValue(form string, n *source.Node) *source.Node {
	switch form {
	case "output":
		return y.output(n)
	case "property":
		return withText(hubspot.ObjectProperty, "propertyName", source.NewString(n.Text, n.Pos))
	case "fetched":
		token := n.Text
		if !strings.Contains(token, "{{") {
			token = "{{ fetched_objects." + token + " }}"
		}
		return withText(hubspot.FetchedObjectProperty, "propertyToken", source.NewString(token, n.Pos))
	case "append":
		return withText(hubspot.StaticAppendValue, "staticAppendValue", y.text(n))
	case "append_property":
		return withText(hubspot.AppendObjectProperty, "appendPropertyName", source.NewString(n.Text, n.Pos))
	case "event":
		return withText(hubspot.EnrollmentEventProperty, "enrollmentEventPropertyToken", source.NewString(n.Text, n.Pos))
	default: // increment
		if !source.ValidNumber(n.Text) {
			y.r.Errorf(n.Pos, "bad_value", "", "increment must be a number, but here stands %s", show(n))
			return source.NewObject(n.Pos)
		}
		return withText(hubspot.Increment, "incrementAmount", source.NewNumber(n.Text, n.Pos))
	}
}

// output reads step.key.
func (y *yamlFlow) output(n *source.Node) *source.Node {
	ref, key, ok := strings.Cut(n.Text, ".")
	out := typed(hubspot.FieldData, n.Pos)
	if !ok || key == "" {
		y.r.Errorf(n.Pos, "bad_output", "for example {output: qualify.response}", "%s names no output; it takes a step and a key", show(n))
		return out
	}
	s := y.lookup(ref)
	if s == nil {
		y.r.Errorf(n.Pos, "unknown_step", y.nearestStep(ref), "there is no step %q", ref)
		return out
	}
	out.Set("actionId", source.NewString(s.id, n.Pos))
	out.Set("dataKey", source.NewString(key, n.Pos))
	return out
}

// text copies a scalar as text, with step names in tokens turned into action ids.
func (y *yamlFlow) text(n *source.Node) *source.Node {
	text, unknown := y.replaceNames(n.Text)
	for _, name := range unknown {
		y.r.Errorf(n.Pos, "unknown_step", y.nearestStep(name), "a token names the step %q, which does not exist", name)
	}
	return &source.Node{Kind: source.String, Text: text, Pos: n.Pos, Quoted: n.Quoted}
}

var outputToken = regexp.MustCompile(`\{\{\s*action_outputs\.([A-Za-z_][A-Za-z0-9_-]*)\.`)

// replaceNames writes action_output_N for step names in tokens, and lists names that no step has.
func (y *yamlFlow) replaceNames(text string) (out string, unknown []string) {
	if !strings.Contains(text, "action_outputs") {
		return text, nil
	}
	out = outputToken.ReplaceAllStringFunc(text, func(match string) string {
		name := outputToken.FindStringSubmatch(match)[1]
		if actionOutput.MatchString(name) {
			return match
		}
		s := y.byName[name]
		if s == nil {
			unknown = append(unknown, name)
			return match
		}
		return strings.TrimSuffix(match, name+".") + "action_output_" + s.id + "."
	})
	return out, unknown
}
