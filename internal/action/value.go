package action

import (
	"math/big"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/token"
)

// text is a field that may hold data tokens, compiled once.
type text struct {
	tpl            *token.Template
	missingIsError bool
}

// text compiles a text field. A value object stands where the export has one; anything else is text.
func (c *compiler) text(field string) *evaluator {
	n := c.action.Field(field)
	if n == nil {
		return &evaluator{env: c.env, value: &hubspot.Value{Type: hubspot.StaticValue}, text: c.template("", nil)}
	}
	return c.value(hubspot.ReadValue(c.r, n, field))
}

func (c *compiler) template(s string, n *source.Node) *text {
	tpl, problems := token.Parse(s)
	for _, p := range problems {
		c.r.Errorf(token.Place(n, c.style(), p.Offset), p.Code, p.Hint, "%s", p.Message)
	}
	return &text{tpl: tpl, missingIsError: c.env.MissingIsError}
}

func (c *compiler) style() token.Style {
	if strings.EqualFold(filepath.Ext(c.env.Flow.File), ".json") {
		return token.JSON
	}
	return token.YAML
}

// textNode is the node that holds a value's text.
func textNode(v *hubspot.Value) *source.Node {
	for _, key := range []string{"staticValue", "staticAppendValue", "propertyToken"} {
		if n := v.Node.Get(key); n != nil {
			return n
		}
	}
	return v.Node
}

// render fills the tokens in. Values go in as they are: a brace in a record's data is never read as a token.
func (t *text) render(s *Scope) (string, *run.Error) {
	out, missing := t.tpl.Render(s.lookup)
	if len(missing) > 0 && t.missingIsError {
		return "", failf(CodeMissingValue, "fill the property, or set missing_token: blank in portal.yaml", "the token %s has no value for this record", missing[0].String())
	}
	return out, nil
}

// lookup resolves a token; ok is false where there is no value.
func (s *Scope) lookup(ref *token.Ref) (string, bool) {
	var view *View
	switch ref.Kind {
	case token.EnrolledObject:
		view = s.record
	case token.FetchedObject:
		view = s.Fetched(ref.Name)
	case token.AssociatedObject:
		view = s.ofType(ref.Name)
	case token.ActionOutput:
		v, ok := s.Output(ref.Name, ref.Property)
		return v, ok && v != ""
	}
	if view == nil {
		return "", false
	}
	if ref.WholeRecord() {
		return view.Record.ID, true
	}
	v := view.Get(ref.Property)
	return v, v != ""
}

// ofType is what the older form {{ _0_2.name }} means: the record itself, or the first associated one of that type.
func (s *Scope) ofType(objectTypeID string) *View {
	t, ok := hubspot.LookupObjectType(objectTypeID)
	if !ok {
		return nil
	}
	if t.Name == s.record.Record.ObjectType {
		return s.record
	}
	if found := s.World.Associated(s.record.Record, t.Name, hubspot.AssociationType{}); len(found) > 0 {
		return s.View(found[0])
	}
	return nil
}

// evaluator computes a value object.
type evaluator struct {
	env   *Env
	value *hubspot.Value
	text  *text       // STATIC_VALUE, STATIC_APPEND_VALUE
	ref   []token.Ref // FETCHED_OBJECT_PROPERTY
	only  *token.Ref  // STATIC_VALUE that is nothing but the token of an action's output
}

// value compiles a value object; nil stays nil.
func (c *compiler) value(v *hubspot.Value) *evaluator {
	if v == nil {
		return nil
	}
	e := &evaluator{env: c.env, value: v}
	switch v.Type {
	case hubspot.StaticValue, hubspot.StaticAppendValue:
		e.text = c.template(v.Text, textNode(v))
		if refs := e.text.tpl.Refs(); len(refs) == 1 && refs[0].Kind == token.ActionOutput &&
			strings.TrimSpace(v.Text[:refs[0].Offset]+v.Text[refs[0].End:]) == "" {
			e.only = &refs[0]
		}
	case hubspot.FetchedObjectProperty:
		e.text = c.template(v.Text, textNode(v))
		e.ref = e.text.tpl.Refs()
		if len(e.ref) != 1 {
			c.r.Errorf(v.TextPos, "bad_token", "write {{ fetched_objects.<data source>.<property> }}", "propertyToken must be one token")
		}
	}
	return e
}

// tokenText evaluates a field that is shown to people: missing values are blank, or an error where the portal says so.
func (e *evaluator) tokenText(s *Scope) (string, *run.Error) {
	if e.value.Type == hubspot.StaticValue {
		return e.text.render(s)
	}
	v, ok, err := e.eval(s)
	if err == nil && !ok && e.env.MissingIsError {
		err = failf(CodeMissingValue, "fill the property, or set missing_token: blank in portal.yaml", "%s has no value for this record", e.describe())
	}
	return v, err
}

// describe names the value's source for messages.
func (e *evaluator) describe() string {
	switch e.value.Type {
	case hubspot.FieldData:
		return "the output " + e.value.Text + " of action " + e.value.ActionID
	case hubspot.ObjectProperty, hubspot.AppendObjectProperty:
		return "the property " + e.value.Text
	default:
		return "the value " + e.value.Text
	}
}

// eval computes the value; ok is false where there is none.
func (e *evaluator) eval(s *Scope) (v string, ok bool, err *run.Error) {
	switch e.value.Type {
	case hubspot.StaticValue:
		v, err = e.text.render(s)
		return v, v != "", err
	case hubspot.ObjectProperty:
		v = s.record.Get(e.value.Text)
	case hubspot.FieldData:
		v, ok = s.Output(e.value.ActionID, e.value.Text)
		return v, ok, nil
	case hubspot.FetchedObjectProperty:
		if len(e.ref) == 1 {
			v, ok = s.lookup(&e.ref[0])
		}
		return v, ok, nil
	case hubspot.Timestamp:
		v = formatMoment(s.Now(), hubspot.TypeDatetime)
	case hubspot.RelativeDatetime:
		t, failure := after(s.Now(), e.value.Delay, e.env.Location)
		if failure != nil {
			return "", false, failf(CodeInvalidDate, "", "the relative date cannot be computed: %v", failure)
		}
		v = formatMoment(t, hubspot.TypeDatetime)
	default:
		return "", false, failf(CodeNotEmulated, "docs/fidelity.md lists what is emulated", "values of the type %s are not emulated", string(e.value.Type))
	}
	return v, v != "", nil
}

// assign computes what a property gets: like eval, with the kinds that build on the property's present value, and in
// the property's own format.
func (e *evaluator) assign(s *Scope, target *View, p hubspot.Property) (string, *run.Error) {
	switch e.value.Type {
	case hubspot.Increment:
		return increment(target.Get(p.Name), e.value.Text, p)
	case hubspot.AppendObjectProperty:
		return appendOptions(target.Get(p.Name), s.record.Get(e.value.Text)), nil
	case hubspot.StaticAppendValue:
		v, err := e.text.render(s)
		if err != nil {
			return "", err
		}
		return appendOptions(target.Get(p.Name), v), nil
	case hubspot.Timestamp:
		return formatMoment(s.Now(), p.Type), nil
	case hubspot.RelativeDatetime:
		t, failure := after(s.Now(), e.value.Delay, e.env.Location)
		if failure != nil {
			return "", failf(CodeInvalidDate, "", "the relative date cannot be computed: %v", failure)
		}
		return formatMoment(t, p.Type), nil
	}
	if e.only != nil {
		if _, ok := s.Output(e.only.Name, e.only.Property); !ok {
			return "", missingOutput(e.only.Name, e.only.Property, p)
		}
	}
	v, ok, err := e.eval(s)
	switch {
	case err != nil:
		return "", err
	case !ok && e.value.Type == hubspot.FieldData:
		return "", missingOutput(e.value.ActionID, e.value.Text, p)
	case !ok && e.value.Type == hubspot.FetchedObjectProperty && len(e.ref) == 1 && e.ref[0].Kind == token.FetchedObject && s.Fetched(e.ref[0].Name) == nil:
		return "", failf(CodeMissingValue, "", "the data source %s finds no record, so %s stays as it was", e.ref[0].Name, p.Name)
	}
	return v, nil
}

// missingOutput is the error of a property that was to be set from an output which is not there.
func missingOutput(action, output string, p hubspot.Property) *run.Error {
	return failf(CodeMissingOutput, "branch on "+flow.ExecutionState+" of that action first",
		"action %s has no output %q for this record, so %s stays as it was", action, output, p.Name)
}

func increment(now, amount string, p hubspot.Property) (string, *run.Error) {
	if strings.TrimSpace(now) == "" {
		now = "0"
	}
	a, okA := parseNumber(now)
	b, okB := parseNumber(amount)
	if !okA || !okB {
		return "", failf(CodeInvalidValue, "", "%s cannot be increased by %q: its value is %q", p.Name, amount, now)
	}
	return formatNumber(a.Add(a, b)), nil
}

// parseNumber reads a decimal of a sane size exactly.
func parseNumber(s string) (*big.Rat, bool) {
	s = strings.TrimSpace(s)
	if !source.ValidNumber(strings.TrimPrefix(s, "+")) || len(s) > 100 || strings.ContainsAny(s, "eE") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// formatNumber writes a decimal without trailing zeros.
func formatNumber(x *big.Rat) string {
	s := x.FloatString(100)
	s = strings.TrimRight(s, "0")
	return strings.TrimSuffix(s, ".")
}

// appendOptions adds the values of a multi-select to another, each once.
func appendOptions(have, add string) string {
	list := splitOptions(have)
	for _, v := range splitOptions(add) {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return strings.Join(list, ";")
}

func splitOptions(s string) []string {
	var out []string
	for _, v := range strings.Split(s, ";") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}
