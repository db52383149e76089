package emulator

import (
	"context"
	"fmt"
	"strings"

	"askflow/internal/action"
	"askflow/internal/hubspot"
	"askflow/internal/source"
	"askflow/internal/token"
)

// Rendered is a prompt with the data in it.
type Rendered struct {
	Text string
	// Tokens are the prompt's data tokens in the order of the text, repeated ones as often as they occur.
	Tokens []TokenValue
	// Problems are sentences about tokens that cannot be read; they stand in the text as they were written.
	Problems []string
}

// TokenValue is a data token of a prompt and what it gave.
type TokenValue struct {
	// Token is in its usual spelling: {{ enrolled_object.email }}.
	Token string
	Value string
	// Missing tells that there is no value; Why says so in a sentence.
	Missing bool
	Why     string
	// Start and End are the bytes of the value in the rendered text.
	Start, End int
}

// Missing are the tokens without a value, each once.
func (r *Rendered) Missing() []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range r.Tokens {
		if t.Missing && !seen[t.Token] {
			seen[t.Token] = true
			out = append(out, t.Token)
		}
	}
	return out
}

// Render renders a prompt over a record, asking nobody. A prompt that is not given is that of the step. Tokens without a
// value render as nothing, whatever missing_token in portal.yaml says. Settings of the request do not count.
func (e *Emulator) Render(ctx context.Context, req TryRequest) (Rendered, error) {
	s, err := e.scratch(TryRequest{ObjectType: req.ObjectType, Workflow: req.Workflow, Step: req.Step, Prompt: req.Prompt})
	if err != nil {
		return Rendered{}, err
	}
	if err := e.open(ctx, s, req); err != nil {
		return Rendered{}, err
	}
	return s.render(), nil
}

// render renders the prompt and keeps where the values stand.
func (s *scratch) render() Rendered {
	out := Rendered{}
	if !s.written { // a value of another kind, such as an earlier action's output
		text, _, failed := action.Prompt(s.runner, s.scope)
		if failed != nil {
			out.Problems = append(out.Problems, failed.Message)
		}
		out.Text = text
		return out
	}
	text := s.prompt.Text()
	_, problems := token.Parse(text)
	for _, p := range problems {
		out.Problems = append(out.Problems, p.Error())
	}
	var b strings.Builder
	at := 0
	for _, ref := range s.prompt.Refs() {
		b.WriteString(text[at:ref.Offset])
		at = ref.End
		v := TokenValue{Token: ref.String(), Start: b.Len()}
		value, ok := s.scope.Lookup(&ref)
		if v.Value = value; !ok || value == "" {
			v.Missing, v.Why = true, s.why(&ref)
		}
		b.WriteString(value)
		v.End = b.Len()
		out.Tokens = append(out.Tokens, v)
	}
	b.WriteString(text[at:])
	out.Text = b.String()
	return out
}

// why says why a token has no value.
func (s *scratch) why(ref *token.Ref) string {
	own := s.objectType()
	switch {
	case ref.Kind == token.ActionOutput:
		if s.of != nil && s.of.ActionByName(ref.Name) == nil {
			return fmt.Sprintf("The workflow %s has no step %s.", s.of.FileName, ref.Name)
		}
		return fmt.Sprintf("No value was given for the output %s of the step %s.", ref.Property, ref.Name)
	case s.record.ID == "":
		return "No record is chosen."
	case ref.IsEnrolled(own.ID):
		return s.lacks(own, s.record, ref.Property)
	case ref.Kind == token.FetchedObject:
		return s.whyFetched(ref)
	}
	t, ok := hubspot.LookupObjectType(ref.Name)
	if !ok {
		return fmt.Sprintf("There is no object type %s.", ref.Name)
	}
	if found := s.scope.Associated(t.Name, hubspot.AssociationType{}); len(found) > 0 {
		return s.lacks(t, found[0].Record, ref.Property)
	}
	return fmt.Sprintf("The %s is associated with none of the %s.", own.Name, t.Plural)
}

// whyFetched says why a token of a data source has no value.
func (s *scratch) whyFetched(ref *token.Ref) string {
	d := s.flow.DataSource(ref.Name)
	switch {
	case d == nil && s.of == nil:
		return fmt.Sprintf("Without a workflow there is no data source %s.", ref.Name)
	case d == nil:
		return fmt.Sprintf("The workflow %s has no data source %s.", s.of.FileName, ref.Name)
	}
	t, _ := hubspot.LookupObjectType(d.ObjectTypeID)
	if v := s.scope.Fetched(ref.Name); v != nil {
		return s.lacks(t, v.Record, ref.Property)
	}
	return fmt.Sprintf("The data source %s finds nothing for the %s.", ref.Name, s.objectType().Name)
}

// lacks says that a record has no value for a property, or that there is no such property.
func (s *scratch) lacks(t hubspot.ObjectType, rec *hubspot.Record, property string) string {
	props := s.schema.Of(t.Name)
	names := rec.PropertyNames()
	known := false
	if props != nil {
		_, known = props.Get(property)
		names = append(append([]string{}, names...), props.Names()...)
	}
	for _, name := range names {
		known = known || name == property
	}
	if known {
		return fmt.Sprintf("The %s %s has no value for %s.", t.Name, rec.ID, property)
	}
	if near := source.Nearest(property, names); near != "" {
		return fmt.Sprintf("A %s has no property %s; did you mean %s?", t.Name, property, near)
	}
	return fmt.Sprintf("A %s has no property %s.", t.Name, property)
}
