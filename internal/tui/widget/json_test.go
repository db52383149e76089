package widget_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

const someJSON = `{"id":"resp_1","n":1.50,"big":12345678901234567890,"ok":true,"none":null,"output":[{"type":"message","content":[{"text":"<b>hi\u001b[31m</b>\n日本"}]},[],{}],"odd key":{"a":[1,2,3]}}`

func TestJSONGolden(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for _, width := range []int{40, 80, 120} {
		j := widget.NewJSON(someJSON)
		golden(t, fmt.Sprintf("json-%d", width), j.View(env, width, 30, true))
	}
}

func TestJSONFolds(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	j := widget.NewJSON(someJSON)
	j.View(env, 80, 30, true)
	for _, c := range []struct{ keys, path, value string }{
		{"", "$", ""},
		{"down down", "$.n", "1.50"},
		{"down", "$.big", "12345678901234567890"},
		{"down down down", "$.output", ""},
		{"left", "$.output", ""}, // folded
		{"down", `$["odd key"]`, "{\n  \"a\": [\n    1,\n    2,\n    3\n  ]\n}"},
		{"up right right", "$.output[0]", ""},
		{"right down right right", "$.output[0].content[0].text", `"<b>hi\u001b[31m</b>\n日本"`},
		{"left", "$.output[0].content[0]", ""},
		{"left left", "$.output[0].content", ""},
		{"enter left left", "$.output[0]", ""},
		{"G", `$["odd key"].a[2]`, "3"},
		{"g", "$", ""},
		{"enter down", "$", ""},
	} {
		for _, k := range strings.Fields(c.keys) {
			if _, ok := j.Press(env, tuitest.KeyPress(k)); !ok {
				t.Errorf("%s is not taken", k)
			}
		}
		path, value := j.Selected()
		if path != c.path || c.value != "" && value != c.value {
			t.Errorf("after %q: %s %s, want %s %s", c.keys, path, value, c.path, c.value)
		}
	}
	var a, b any
	_, value := j.Selected()
	if err := json.Unmarshal([]byte(value), &a); err != nil {
		t.Fatalf("%v in %s", err, value)
	}
	if err := json.Unmarshal([]byte(someJSON), &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("what is selected is not what was read: %s", diff)
	}
	if _, ok := j.Press(env, tuitest.KeyPress("left")); ok {
		t.Error("there is nothing further out")
	}
	if !j.Click(0) || !j.Click(1) || j.Click(-1) || j.Click(29) { // unfolds the one that was folded
		t.Error("Click")
	}
}

func TestJSONThatIsNone(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for raw, want := range map[string]string{
		"":               "There is no text",
		"hello\x1b[31m":  "This is no JSON: in line 1, column 1, invalid character 'h'",
		"{\"a\":1,\n x}": "in line 2, column 2,",
		"{\"a\":":        "ends in the middle",
		"[1,2":           "ends in the middle",
		"{} {}":          "after top-level value",
		"{} trailing":    "after top-level value",
		"]":              "This is no JSON",
		"{\"a\" \"b\"}":  "This is no JSON",
		"[1 2]":          "This is no JSON",
		"\"open\nstring": "This is no JSON",
		"{1:2}":          "This is no JSON",
	} {
		j := widget.NewJSON(raw)
		if !strings.Contains(j.Problem(), want) {
			t.Errorf("%q: %q, want %q", raw, j.Problem(), want)
		}
		out := j.View(env, 30, 5, true)
		if err := tuitest.CheckPart(out, 30, 5); err != nil {
			t.Error(err)
		}
		if _, ok := j.Press(env, tuitest.KeyPress("down")); ok {
			t.Errorf("%q takes keys", raw)
		}
		if p, v := j.Selected(); p+v != "" {
			t.Errorf("%q selects %s", raw, p)
		}
	}
	j := widget.NewJSON("1")
	j.SetTree(nil)
	if j.Problem() == "" {
		t.Error("no tree is no problem")
	}
}

func TestJSONHostileAndLarge(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	quoted, err := json.Marshal(map[string]any{hostile: hostile, strings.Repeat("k", 500): strings.Repeat("日", 500)})
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{"hostile": string(quoted), "deep": strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "scalar": `"x"`, "empty": "{}", "many": "[" + strings.Repeat("1,", 400000) + "1]"} {
		j := widget.NewJSON(raw)
		if j.Problem() != "" {
			t.Errorf("%s: %s", name, j.Problem())
		}
		for _, width := range []int{1, 2, 7, 30, 200} {
			for _, k := range []string{"down", "G", "enter", "right", "left", "pgup"} {
				j.Press(env, tuitest.KeyPress(k))
				if err := tuitest.CheckPart(j.View(env, width, 8, true), width, 8); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		if name == "many" && !strings.Contains(ansi.Strip(j.View(env, 80, 8, true)), "Only the first 300000 values") {
			t.Error("what is left out is not said")
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(someJSON)
	f.Add("[1,")
	f.Add(`{"a":{"b":[]},"a":2}`)
	env := testEnv(f)
	f.Fuzz(func(t *testing.T, raw string) {
		j := widget.NewJSON(raw)
		if json.Valid([]byte(raw)) != (j.Problem() == "") {
			t.Fatalf("%q: %q", raw, j.Problem())
		}
		if err := tuitest.CheckPart(j.View(env, 20, 5, true), 20, 5); err != nil {
			t.Fatal(err)
		}
		if _, value := j.Selected(); j.Problem() == "" && !json.Valid([]byte(value)) {
			t.Fatalf("%q is written as %q", raw, value)
		}
	})
}

func BenchmarkJSONView(b *testing.B) {
	env := testEnv(b)
	j := widget.NewJSON("[" + strings.Repeat(`{"name":"x","values":[1,2,3]},`, 60000) + "1]")
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			j.View(env, 120, 50, true)
		}
	})
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			j.Press(env, tuitest.KeyPress("enter"))
		}
	})
}
