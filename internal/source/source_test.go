package source_test

import (
	"strings"
	"testing"

	"askflow/internal/source"
)

func TestParseJSON(t *testing.T) {
	t.Parallel()
	n, problems := source.ParseJSON("a.json", []byte("{\n \"a\": [1.10, \"x\\u00e9\\ud83d\\ude00\", null, true],\n \"b\": {\"c\": -0.5e3}\n}"))
	if problems != nil {
		t.Fatal(problems)
	}
	if got := string(source.AppendJSON(nil, n)); got != `{"a":[1.10,"xé😀",null,true],"b":{"c":-0.5e3}}` {
		t.Error(got)
	}
	if p := n.Get("b").Get("c").Pos; p != (source.Pos{Line: 3, Col: 13}) {
		t.Error(p)
	}
}

func TestParseJSONErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, where, want string }{
		{"", "a.json", "empty"},
		{"{\"a\": 1,}", "a.json:1:9", "key in double quotes"},
		{"{\"a\": 01}", "a.json:1:7", "not a JSON number"},
		{"{\"a\": \"x", "a.json:1:7", "not closed"},
		{"{\"a\": 1", "a.json:1:8", "opens at 1:1"},
		{"[1] 2", "a.json:1:5", "more text"},
		{"[\x00]", "a.json:1:2", "NUL"},
		{"[\"\xff\"]", "a.json:1:3", "0xff"},
		{strings.Repeat("[", 10_000), "a.json:1:502", "deeper than 500"},
		{"\xff\xfe{\x00}\x00", "a.json:1:1", "UTF-16"},
	} {
		n, problems := source.ParseJSON("a.json", []byte(c.in))
		if n != nil || len(problems) != 1 || problems[0].Where() != c.where || !strings.Contains(problems[0].Message, c.want) {
			t.Errorf("%.20q: %v", c.in, problems)
		}
	}
}

func TestDuplicateJSONKeyIsAWarning(t *testing.T) {
	t.Parallel()
	n, problems := source.ParseJSON("a.json", []byte(`{"a":1,"a":2}`))
	if n.Get("a").Text != "2" || len(problems) != 1 || problems[0].Severity != source.SeverityWarning {
		t.Error(n, problems)
	}
}

func TestParseYAMLKeepsScalarsAsWritten(t *testing.T) {
	t.Parallel()
	n, problems := source.ParseYAML("a.yaml", []byte("id: 012\nzip: 01234\nn: 3\ns: \"3\"\nd: 2026-01-05T09:00\nb: yes\nnothing:\n"))
	if problems != nil {
		t.Fatal(problems)
	}
	want := `{"id":"012","zip":"01234","n":3,"s":"3","d":"2026-01-05T09:00","b":"yes","nothing":null}`
	if got := string(source.AppendJSON(nil, n)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParseYAMLErrors(t *testing.T) {
	t.Parallel()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i, c := 'b', 'a'; i <= 'i'; i, c = i+1, i {
		bomb += string(i) + ": &" + string(i) + " [" + strings.Repeat("*"+string(c)+",", 9) + "]\n"
	}
	for _, c := range []struct{ in, want string }{
		{"a: 1\na: 2\n", "twice"},
		{"a: [1\n", "never closed"},
		{"a: &x\n  b: *x\n", "inside what it names"},
		{"<<: {a: 1}\n", "merge keys"},
		{"? [a]\n: 1\n", "key must be text"},
		{"a: 1\n---\nb: 2\n", "second YAML document"},
		{strings.Repeat("[", 10_000), "deeper than 500"},
		{bomb, "multiply"},
	} {
		n, problems := source.ParseYAML("a.yaml", []byte(c.in))
		if n != nil || !problems.HasErrors() || !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%.30q: want %q, got %v", c.in, c.want, problems)
		}
	}
}

func TestYAMLRoundTrip(t *testing.T) {
	t.Parallel()
	in := `{"a":"012","b":"x\ny\n","c":["true","1e5",1e5,null,true,""],"d":{"e":{"f":"x: y","g":" lead","h":"- dash","i":"tab\there","j":"\u0007bell","k":"trail \nx"}},"n":[],"o":{}}`
	n, problems := source.ParseJSON("", []byte(in))
	if problems != nil {
		t.Fatal(problems)
	}
	text, err := source.FormatYAML(n)
	if err != nil {
		t.Fatal(err)
	}
	back, problems := source.ParseYAML("", text)
	if problems != nil || !source.Equal(n, back) {
		t.Errorf("%v\n%s\n%s", problems, text, source.AppendJSON(nil, back))
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"email", "firstname", "lifecyclestage", "hs_lead_status"}
	for name, want := range map[string]string{"emial": "email", "first_name": "firstname", "lifecyclestge": "lifecyclestage", "Email": "email", "zzz": "", "": ""} {
		if got := source.Nearest(name, names); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,"\u00e9",null,true,{"b":-0.5e3}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, problems := source.ParseJSON("f", data)
		if (n == nil) != problems.HasErrors() {
			t.Fatal(problems)
		}
		if n == nil {
			return
		}
		again, problems := source.ParseJSON("f", source.AppendJSON(nil, n))
		if problems.HasErrors() || !source.Equal(n, again) {
			t.Fatalf("%s: %v", source.AppendJSON(nil, n), problems)
		}
	})
}

func FuzzParseYAML(f *testing.F) {
	f.Add([]byte("a: &x [1, '2', ~]\nb: *x\nc: |\n  text\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, _ := source.ParseYAML("f", data)
		if n == nil {
			return
		}
		text, err := source.FormatYAML(n)
		if err != nil {
			t.Fatal(err)
		}
		again, problems := source.ParseYAML("f", text)
		if n.Kind != source.Object && n.Kind != source.Array {
			return
		}
		if problems.HasErrors() || !source.Equal(n, again) {
			t.Fatalf("%s\n%s\n%v", source.AppendJSON(nil, n), text, problems)
		}
	})
}
