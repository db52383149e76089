package token_test

import (
	"strings"
	"testing"

	"askflow/internal/source"
	"askflow/internal/token"

	"github.com/google/go-cmp/cmp"
)

// values looks references up by their usual spelling.
func values(m map[string]string) token.Lookup {
	return func(r *token.Ref) (string, bool) {
		v, ok := m[r.String()]
		return v, ok
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	known := values(map[string]string{
		"{{ enrolled_object.firstname }}":                    "Ada",
		"{{ enrolled_object }}":                              "101",
		"{{ fetched_objects.fetched_object_1.name }}":        "Analytical Engines",
		"{{ fetched_objects.company }}":                      "55",
		"{{ action_outputs.action_output_8.response }}":      "CA",
		"{{ action_outputs.qualify.response }}":              "A",
		"{{ action_outputs.lead-grade.hs_execution_state }}": "SUCCESS",
		"{{ _0_2.name }}":                                    "Old Mill",
		"{{ _0_1 }}":                                         "7",
		"{{ enrolled_object.message }}":                      "{{ enrolled_object.firstname }}",
	})
	for _, tc := range []struct{ name, text, want string }{
		{"static", "Hello there", "Hello there"},
		{"empty", "", ""},
		{"property", "Hello {{ enrolled_object.firstname }}!", "Hello Ada!"},
		{"no white space", "{{enrolled_object.firstname}}", "Ada"},
		{"much white space", "{{\n\tenrolled_object .\u00a0firstname  }}", "Ada"},
		{"whole record", "id {{ enrolled_object }}", "id 101"},
		{"data source", "{{ fetched_objects.fetched_object_1.name }}", "Analytical Engines"},
		{"data source, whole", "{{ fetched_objects.company }}", "55"},
		{"output by id", "<{{ action_outputs.action_output_8.response }}>", "<CA>"},
		{"output by id, short", "<{{ action_outputs.8.response }}>", "<CA>"},
		{"output by step name", "{{ action_outputs.qualify.response }}", "A"},
		{"output by step name with a dash", "{{ action_outputs.lead-grade.hs_execution_state }}", "SUCCESS"},
		{"older form", "{{ _0_2.name }}", "Old Mill"},
		{"older form, whole", "{{ _0_1 }}", "7"},
		{"value is never expanded", "[{{ enrolled_object.message }}]", "[{{ enrolled_object.firstname }}]"},
		{"side by side", "{{ enrolled_object }}{{ enrolled_object.firstname }}", "101Ada"},
		{"lone closing braces", `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{"single brace", "a { b } c", "a { b } c"},
		{"token in braces", `{{{ enrolled_object.firstname }}}`, `{Ada}`},
		{"broken token stays, the next one renders", "{{ nope }} {{ enrolled_object.firstname }}", "{{ nope }} Ada"},
		{"unclosed before a token", "{{ a {{ enrolled_object.firstname }}", "{{ a Ada"},
		{"missing is blank", "[{{ enrolled_object.lastname }}]", "[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tpl, _ := token.Parse(tc.text)
			got, _ := tpl.Render(known)
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestMissingReferencesAreAllNamed(t *testing.T) {
	t.Parallel()
	tpl, problems := token.Parse("{{ enrolled_object.a }} {{ enrolled_object.b }} {{ enrolled_object.a }}")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	out, missing := tpl.Append([]byte("> "), values(map[string]string{"{{ enrolled_object.b }}": "B"}))
	if got, want := string(out), ">  B "; got != want {
		t.Errorf("rendered %q, want %q", got, want)
	}
	var names []string
	for _, r := range missing {
		names = append(names, r.Property)
	}
	if diff := cmp.Diff([]string{"a", "a"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	text := "é {{ enrolled_object.email }} {{_0_2.name}} {{ action_outputs.action_output_3.response }}"
	tpl, problems := token.Parse(text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := []token.Ref{
		{Kind: token.EnrolledObject, Property: "email", Offset: 3, End: 30},
		{Kind: token.AssociatedObject, Name: "0-2", Property: "name", Offset: 31, End: 44},
		{Kind: token.ActionOutput, Name: "3", Property: "response", Offset: 45, End: len(text)},
	}
	if diff := cmp.Diff(want, tpl.Refs()); diff != "" {
		t.Error(diff)
	}
	if tpl.Static() || tpl.Text() != text {
		t.Errorf("Static() = %v, Text() = %q", tpl.Static(), tpl.Text())
	}
	older, company := want[1], token.Ref{Kind: token.AssociatedObject, Name: "0-1"}
	if older.IsEnrolled("0-1") || !company.IsEnrolled("0-1") || !want[0].IsEnrolled("0-3") || want[2].IsEnrolled("0-1") {
		t.Error("IsEnrolled is wrong about one of the references")
	}
	if older.WholeRecord() || !company.WholeRecord() {
		t.Error("WholeRecord is wrong about one of the references")
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text, code string
		offset           int
		says             string
	}{
		{"unclosed", "Hi {{ enrolled_object.email", "token_unclosed", 3, "not closed"},
		{"unclosed before another", "{{ x {{ enrolled_object }}", "token_unclosed", 0, "not closed"},
		{"empty", "a {{ }}", "token_empty", 2, "empty"},
		{"misspelled root", "{{ enroled_object.email }}", "token_unknown_root", 0, `did you mean "enrolled_object"?`},
		{"marketing email form", "{{ contact.firstname }}", "token_unknown_root", 0, "{{ enrolled_object.firstname }}"},
		{"unknown root", "{{ user }}", "token_unknown_root", 0, "action_outputs"},
		{"no object type", "{{ _0_x.name }}", "token_unknown_root", 0, "_0_x"},
		{"space in a name", "{{ enrolled_object.first name }}", "token_bad_name", 0, "first name"},
		{"no name after the dot", "{{ enrolled_object. }}", "token_bad_name", 0, `""`},
		{"too many parts", "{{ enrolled_object.company.name }}", "token_bad_name", 0, "too many parts"},
		{"data source without a name", "{{ fetched_objects }}", "token_incomplete", 0, "{{ fetched_objects.NAME.PROPERTY }}"},
		{"output without a key", "{{ action_outputs.action_output_1 }}", "token_incomplete", 0, "{{ action_outputs.action_output_ID.OUTPUT }}"},
		{"output without an id", "{{ action_outputs.action_output_.x }}", "token_incomplete", 0, "names no action"},
		{"HubL filter", `{{ enrolled_object.email|default("x") }}`, "token_hubl", 0, "{{ enrolled_object.email }}"},
		{"HubL function", `{{ personalization_token("x") }}`, "token_hubl", 0, "leave it out"},
		{"control characters are shown, not sent", "{{ \x1b[31m }}", "token_unknown_root", 0, `\x1b`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tpl, problems := token.Parse(tc.text)
			if len(problems) != 1 {
				t.Fatalf("got %d problems, want 1: %v", len(problems), problems)
			}
			p := problems[0]
			if p.Code != tc.code || p.Offset != tc.offset || p.End <= p.Offset || p.End > len(tc.text) {
				t.Errorf("got %s at %d to %d, want %s at %d", p.Code, p.Offset, p.End, tc.code, tc.offset)
			}
			if !strings.Contains(p.Error(), tc.says) {
				t.Errorf("%q does not say %q", p.Error(), tc.says)
			}
			if strings.ContainsRune(p.Error(), '\x1b') {
				t.Errorf("%q holds a control character", p.Error())
			}
			if len(tpl.Refs()) == 0 {
				if got, _ := tpl.Render(nil); got != tc.text {
					t.Errorf("rendered %q, want the text as written", got)
				}
			}
		})
	}
}

func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	_, problems := token.Parse(strings.Repeat("{{ x ", 100_000))
	if len(problems) != 100 {
		t.Errorf("got %d problems, want the first 100", len(problems))
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	company := token.Ref{Kind: token.FetchedObject, Name: "company", Property: "name"}
	for _, text := range []string{"{{ fetched_objects.company.name }}", " {{fetched_objects.company.name}}\n", "fetched_objects.company.name"} {
		ref, problems := token.ParseRef(text)
		if ref == nil || len(problems) > 0 {
			t.Fatalf("%q: %v", text, problems)
		}
		got := *ref
		if text[got.Offset:got.End] != strings.TrimSpace(text) {
			t.Errorf("%q: offsets %d to %d", text, got.Offset, got.End)
		}
		got.Offset, got.End = 0, 0
		if diff := cmp.Diff(company, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	for text, code := range map[string]string{
		"": "token_empty", "{{}}": "token_empty", "{{ enrolled_object": "token_unclosed",
		"{{ enrolled_object }} and {{ enrolled_object }}": "token_bad_name", "name": "token_unknown_root",
	} {
		ref, problems := token.ParseRef(text)
		if ref != nil || len(problems) != 1 || problems[0].Code != code {
			t.Errorf("%q: got %v, %v; want only %s", text, ref, problems, code)
		}
	}
}

func TestLineCol(t *testing.T) {
	t.Parallel()
	text := "für\nzwei {{"
	for _, tc := range []struct{ offset, lines, chars int }{
		{0, 0, 0}, {3, 0, 2}, {5, 1, 0}, {strings.Index(text, "{{"), 1, 5}, {-4, 0, 0}, {1000, 1, 7},
	} {
		lines, chars := token.LineCol(text, tc.offset)
		if lines != tc.lines || chars != tc.chars {
			t.Errorf("offset %d: got %d lines and %d characters, want %d and %d", tc.offset, lines, chars, tc.lines, tc.chars)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	inJSON, _ := source.ParseJSON("flow.json", []byte("{\n  \"body\": \"say \\\"hi\\\"\\n{{ nope }}\"\n}"))
	inYAML, _ := source.ParseYAML("flow.yaml", []byte("plain: ab {{ nope }}\nquoted: \"ab {{ nope }}\"\nblock: |\n  one\n  two {{ nope }}\n"))
	for _, tc := range []struct {
		name  string
		node  *source.Node
		style token.Style
		want  source.Pos
	}{
		{"JSON with escapes", inJSON.Get("body"), token.JSON, source.Pos{Line: 2, Col: 24}},
		{"YAML plain", inYAML.Get("plain"), token.YAML, source.Pos{Line: 1, Col: 11}},
		{"YAML quoted", inYAML.Get("quoted"), token.YAML, source.Pos{Line: 2, Col: 13}},
		{"YAML block", inYAML.Get("block"), token.YAML, source.Pos{Line: 5, Col: 5}},
		{"no node", nil, token.YAML, source.Pos{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			offset := 0
			if tc.node != nil {
				_, problems := token.Parse(tc.node.Text)
				if len(problems) != 1 {
					t.Fatal(problems)
				}
				offset = problems[0].Offset
			}
			if got := token.Place(tc.node, tc.style, offset); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "plain", "{{ enrolled_object.email }}", "{{", "}}", "{{{{}}}}", "{{{ enrolled_object }}}", "{{ action_outputs.action_output_1.response }} x",
		"{{ _0_2.name }}", "{{ fetched_objects.a.b|default(\"}}\") }}", "\xff{{ enrolled_object.\xff }}", "{{ a {{ b }} c }}",
	} {
		f.Add(s, "v {{ enrolled_object }}")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		tpl, problems := token.Parse(text)
		for _, p := range problems {
			if p.Offset < 0 || p.End > len(text) || p.Offset >= p.End || p.Message == "" {
				t.Fatalf("problem %+v does not lie in a text of %d bytes", p, len(text))
			}
		}
		// With every reference rendered as it was written, the text comes back.
		same, missing := tpl.Render(func(r *token.Ref) (string, bool) { return text[r.Offset:r.End], true })
		if same != text || len(missing) > 0 {
			t.Fatalf("got %q (missing %v), want %q", same, missing, text)
		}
		if tpl.Static() && same != text {
			t.Fatalf("static text %q rendered as %q", text, same)
		}
		checkValues(t, tpl, value)
		token.Place(source.NewString(text, source.Pos{Line: 1, Col: 1}), token.YAML, len(value))
		token.ParseRef(text)
	})
}

// checkValues renders one value everywhere: it goes in as it is, once for each reference.
func checkValues(t *testing.T, tpl *token.Template, value string) {
	t.Helper()
	with, _ := tpl.Render(func(*token.Ref) (string, bool) { return value, true })
	want := len(tpl.Text())
	for _, r := range tpl.Refs() {
		want += len(value) - (r.End - r.Offset)
		again, more := token.ParseRef(r.String())
		if again == nil || len(more) > 0 {
			t.Fatalf("%s cannot be read again: %v", r.String(), more)
		}
		r.Offset, r.End, again.Offset, again.End = 0, 0, 0, 0
		if r != *again {
			t.Fatalf("%+v became %+v", r, *again)
		}
	}
	if len(with) != want {
		t.Fatalf("rendered %d bytes, want %d", len(with), want)
	}
}

func BenchmarkAppend(b *testing.B) {
	tpl, _ := token.Parse("Grade this lead A, B or C.\nCompany: {{ enrolled_object.company }}\nMessage: {{ enrolled_object.message }}\nEarlier: {{ action_outputs.action_output_1.response }}\n")
	lookup := func(*token.Ref) (string, bool) { return "We would like to hear about your prices.", true }
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = tpl.Append(buf[:0], lookup)
	}
}

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat("Company: {{ enrolled_object.company }}\n", 20)
	b.ReportAllocs()
	for b.Loop() {
		token.Parse(text)
	}
}

// What is not closed is quoted to the end of its line.
func TestUnclosedTokenIsQuotedOnOneLine(t *testing.T) {
	t.Parallel()
	_, problems := token.Parse("Hi {{ enrolled_object.email  \r\nHow are you?\n")
	if len(problems) != 1 || problems[0].Message != `the token that starts with "{{ enrolled_object.email" is not closed` {
		t.Errorf("%+v", problems)
	}
}
