package assistant

import (
	"path/filepath"
	"strings"

	"askflow/internal/source"
)

// ReadAssistant decodes an assistant in OpenAI's v2 shape. strict makes unknown members an error (YAML); otherwise they
// are kept in Node, with a warning (an export from OpenAI). The assistant is nil when there is none to speak of;
// otherwise the problems may still hold errors that keep it from being used.
func ReadAssistant(file string, n *source.Node, strict bool) (*Assistant, source.Problems) {
	r := &source.Reader{File: file, Strict: strict}
	if n == nil {
		r.Errorf(source.Pos{}, "empty_file", "give it a name and a model", "the file is empty; an assistant was expected")
		return nil, r.Problems
	}
	if n.Kind == source.Object && n.Get("data") != nil && n.Get("model") == nil {
		r.Errorf(n.Pos, "not_an_assistant", "emulator assistants import FILE makes a file of each", "this is a listing of assistants, not one assistant")
		return nil, r.Problems
	}
	if n.Kind != source.Object {
		r.Errorf(n.Pos, "not_an_assistant", "", "an assistant must be an object, but here stands %s", n.Kind)
		return nil, r.Problems
	}
	base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	f := r.Object(n, "an assistant")
	a := &Assistant{
		ID: f.String("id"), Name: f.String("name"), Description: f.String("description"), Model: f.Need("model"),
		Instructions: f.String("instructions"), ReasoningEffort: f.String("reasoning_effort"),
		Temperature: sampling(r, f, "temperature", 2), TopP: sampling(r, f, "top_p", 1),
		File: file, Node: n, Pos: n.Pos, ModelPos: f.Pos("model"),
	}
	f.Known("object", "created_at", "tool_resources")
	if a.ID == "" {
		a.ID = base
	}
	if a.Name == "" {
		if strict {
			r.Errorf(n.Pos, "missing_key", "", "an assistant needs %q", "name")
		} else {
			r.Warnf(n.Pos, "missing_name", "", "the assistant has no name; its id %q stands in", a.ID)
		}
		a.Name = a.ID
	}
	if a.ReasoningEffort != "" {
		checkEffort(r, f.Pos("reasoning_effort"), a.ReasoningEffort)
	}
	a.ResponseFormat = responseFormat(r, f)
	a.Tools = tools(r, f)
	a.Metadata = metadata(r, f)
	f.Done()
	return a, r.Problems
}

// sampling reads temperature or top_p. OpenAI wrote the default of 1 into every assistant, where nobody had chosen it;
// models that refuse a temperature would refuse that too, so a 1 counts as unset.
func sampling(r *source.Reader, f *source.Fields, key string, highest float64) *float64 {
	x, ok := f.Float(key)
	if !ok || x == 1 {
		return nil
	}
	if x < 0 || x > highest {
		r.Errorf(f.Pos(key), "bad_value", "", "%s must be from 0 to %g, but here stands %g", key, highest, x)
		return nil
	}
	return &x
}

// responseFormat returns nil for "auto" and plain text, which is what there is without one.
func responseFormat(r *source.Reader, f *source.Fields) *source.Node {
	v := f.Get("response_format")
	if v == nil || v.IsScalar() && (v.Text == "auto" || v.Text == "text") {
		return nil
	}
	kind := v.Get("type")
	if v.Kind != source.Object || !kind.IsScalar() {
		r.Errorf(v.Pos, "bad_value", "", `response_format must be auto or an object with "type": text, json_object or json_schema`)
		return nil
	}
	switch kind.Text {
	case "text":
		return nil
	case "json_object":
		return v
	case "json_schema":
		schema := v.Get("json_schema")
		if schema == nil || schema.Kind != source.Object || schema.Get("schema") == nil || !schema.Get("name").IsScalar() || schema.Get("name").Text == "" {
			r.Errorf(v.Pos, "missing_key", "", `response_format json_schema needs "json_schema" with "name" and "schema"`)
			return nil
		}
		return v
	}
	r.Errorf(kind.Pos, "bad_value", "", "response_format has no type %q; there are text, json_object and json_schema", shorten(kind.Text, 40))
	return nil
}

func tools(r *source.Reader, f *source.Fields) []string {
	var out []string
	for _, it := range f.Items("tools") {
		kind, pos := it.Get("type"), it.Pos
		if it.IsScalar() {
			kind = it
		}
		if !kind.IsScalar() {
			r.Errorf(pos, "bad_tool", "write {type: file_search}", `a tool must be an object with a "type"`)
			continue
		}
		out = append(out, kind.Text)
		switch kind.Text {
		case "file_search", "code_interpreter":
			r.Warnf(pos, "tool_not_executed", "scripted answers can say what it would have found", "the tool %s needs OpenAI's hosting; it is kept, and not executed", kind.Text)
		case "function":
			r.Warnf(pos, "tool_not_executed", "", "the function tool is kept, and neither offered to the model nor executed")
		default:
			r.Warnf(pos, "tool_not_executed", "", "the tool %q is not known here; it is kept, and not executed", shorten(kind.Text, 40))
		}
	}
	return out
}

func metadata(r *source.Reader, f *source.Fields) map[string]string {
	v := f.Get("metadata")
	if v == nil {
		return nil
	}
	out := map[string]string{}
	for _, m := range r.Object(v, "metadata").Node.Members {
		if m.Value.Kind != source.Null && !m.Value.IsScalar() {
			r.Errorf(m.Value.Pos, "wrong_type", "", "metadata: %q must be text, but here stands %s", m.Key, m.Value.Kind)
			continue
		}
		out[m.Key] = m.Value.Text
	}
	return out
}
