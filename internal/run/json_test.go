package run_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"askflow/internal/run"
)

// fill sets every field of v to something drawn, so that a new field that AppendSteps forgets fails the test.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "time"), 0).UTC()))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(t, v.Field(i))
			}
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 2).Draw(t, "len"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.Map:
		if n := rapid.IntRange(0, 2).Draw(t, "len"); n > 0 {
			v.Set(reflect.ValueOf(rapid.MapOfN(rapid.String(), rapid.String(), n, n).Draw(t, "map")))
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(0, 1e12).Draw(t, "int"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(0, 2).Draw(t, "float"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	default:
		t.Fatalf("no way to fill a %s", v.Type())
	}
}

func TestAppendedJSONReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := run.Result{Steps: make([]run.Step, 2), Effects: make([]run.Effect, 2)}
		for i := range want.Steps {
			fill(t, reflect.ValueOf(&want.Steps[i]).Elem())
		}
		for i := range want.Effects {
			fill(t, reflect.ValueOf(&want.Effects[i]).Elem())
		}
		row := run.Row{State: run.Completed, Steps: run.AppendSteps(nil, want.Steps), Effects: run.AppendEffects(nil, want.Effects)}
		want.Enrollment.State = run.Completed
		var got run.Result
		line := run.AppendResult(nil, &row, false)
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAppendedJSONIsWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var step run.Step
		fill(t, reflect.ValueOf(&step).Elem())
		var buf strings.Builder
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode([]run.Step{step}); err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal([]byte(buf.String()), &a) != nil || json.Unmarshal(run.AppendSteps(nil, []run.Step{step}), &b) != nil {
			t.Fatal("not JSON")
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestResultsHoldNoControlCharacters(t *testing.T) {
	t.Parallel()
	evil := "a\x1b]0;title\x07b\x9bc\u009b31md\u2028e\x7f"
	row := run.Row{Record: run.RecordRef{ID: "1", Name: evil}, Reason: evil,
		Steps: run.AppendSteps(nil, []run.Step{{Label: evil, Outputs: map[string]string{evil: evil}}}), Effects: []byte("[]")}
	for _, r := range string(run.AppendResult(nil, &row, false)) {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u2028' {
			t.Fatalf("%U reaches the output", r)
		}
	}
}
