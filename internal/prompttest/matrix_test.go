package prompttest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/prompttest"
)

func TestCellsAreAllCombinations(t *testing.T) {
	t.Parallel()
	m, err := prompttest.ParseMatrix([]string{"temperature=,0.2", "model= gpt-6-luna , gpt-5.4-mini", "prompt@qualify=current", "effort=none", "assistant=a", "prompt=short"})
	if err != nil {
		t.Fatal(err)
	}
	cells, dimensions := m.Cells()
	if diff := cmp.Diff([]string{"temperature", "model", "prompt@qualify", "reasoning_effort", "assistant", "prompt"}, dimensions); diff != "" {
		t.Error(diff)
	}
	var labels []string
	for _, c := range cells {
		labels = append(labels, c.Label)
	}
	// What all cells have in common tells none of them from the others.
	if diff := cmp.Diff([]string{"temperature as it is, gpt-6-luna", "temperature as it is, gpt-5.4-mini", "temperature 0.2, gpt-6-luna", "temperature 0.2, gpt-5.4-mini"}, labels); diff != "" {
		t.Error(diff)
	}
	want := prompttest.Cell{Label: labels[2], Model: "gpt-6-luna", Temperature: ptr(0.2), ReasoningEffort: "none", Assistant: "a",
		Prompts: map[string]string{"qualify": "current", "": "short"}, Values: []string{"0.2", "gpt-6-luna", "current", "none", "a", "short"}}
	if diff := cmp.Diff(want, cells[2]); diff != "" {
		t.Error(diff)
	}
	if cells[0].Temperature != nil || cells[0].Values[0] != "" {
		t.Errorf("the workflow's own temperature became %v", cells[0].Temperature)
	}
}

func TestCellsOfAMatrixMadeInCode(t *testing.T) {
	t.Parallel()
	m := &prompttest.Matrix{Prompts: map[string][]string{"b": {"x"}, "a": {"y"}}, Models: []string{"m"}, Efforts: []string{"low", "high"}}
	cells, dimensions := m.Cells()
	if diff := cmp.Diff([]string{"model", "reasoning_effort", "prompt@a", "prompt@b"}, dimensions); diff != "" {
		t.Error(diff)
	}
	if len(cells) != 2 || cells[1].Label != "reasoning effort high" {
		t.Errorf("%+v", cells)
	}
}

func TestOneCellIsNamedByEverything(t *testing.T) {
	t.Parallel()
	cells, _ := (&prompttest.Matrix{Models: []string{"m"}, Temperatures: []string{"0.5"}}).Cells()
	if len(cells) != 1 || cells[0].Label != "m, temperature 0.5" {
		t.Errorf("%+v", cells)
	}
}

func TestNoMatrixIsOneCell(t *testing.T) {
	t.Parallel()
	var none *prompttest.Matrix
	for _, m := range []*prompttest.Matrix{none, {}} {
		cells, dimensions := m.Cells()
		if diff := cmp.Diff([]prompttest.Cell{{Label: "as it is", Values: []string{}}}, cells); diff != "" || len(dimensions) != 0 {
			t.Error(diff, dimensions)
		}
	}
	if m, err := prompttest.ParseMatrix(nil); m != nil || err != nil {
		t.Errorf("%v, %v", m, err)
	}
}

func TestParseMatrixSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		texts []string
		want  string
	}{
		{[]string{"gpt-6-luna"}, `--matrix: "gpt-6-luna" has no key; write it like model=gpt-6-luna,gpt-5.4-mini`},
		{[]string{"=a"}, `--matrix: "=a" has no key; write it like model=gpt-6-luna,gpt-5.4-mini`},
		{[]string{"temprature=0"}, `--matrix: a matrix has no key "temprature"; did you mean "temperature"?`},
		{[]string{"zzzzzzz=0"}, `--matrix: a matrix has no key "zzzzzzz"; the keys are model, temperature, reasoning_effort, assistant, prompt, prompt@STEP`},
		{[]string{"model="}, `--matrix: model of the matrix names no value; leave the key out`},
		{[]string{"temperature=0,3"}, `--matrix: "3" is no temperature; write a number from 0 to 2, or "" for the workflow's own`},
		{[]string{"effort=hihg"}, `--matrix: "hihg" is no reasoning effort; did you mean "high"?`},
		{[]string{"model=a", "model=b,a"}, `--matrix: model of the matrix has the value "a" twice`},
		{[]string{"prompt@=a"}, `--matrix: a matrix has no key "prompt@"; only prompt takes a step: prompt@STEP`},
		{[]string{"prompt=/etc/passwd"}, `--matrix: "/etc/passwd" is no file of the portal folder; name a file under prompts/, or a workflow file from the portal folder`},
		{[]string{"model=" + numbers(30), "assistant=" + numbers(30)}, `--matrix: the matrix has more than 500 combinations: 30 × model, 30 × assistant; leave some values out`},
	} {
		m, err := prompttest.ParseMatrix(tt.texts)
		if m != nil || err == nil || err.Error() != tt.want {
			t.Errorf("%q: %v, %v", tt.texts, m, err)
		}
	}
	m, err := prompttest.ParseMatrix([]string{"model=" + numbers(25), "assistant=" + numbers(20)})
	if err != nil {
		t.Fatal(err)
	}
	if cells, _ := m.Cells(); len(cells) != prompttest.MaxCells {
		t.Errorf("%d cells", len(cells))
	}
	if _, err := prompttest.ParseMatrix([]string{"model=a", "model=b"}); err != nil {
		t.Errorf("a key given twice adds its values: %v", err)
	}
}
