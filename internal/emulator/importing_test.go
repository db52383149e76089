package emulator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/emulator"
	"askflow/internal/portal"
)

const exportedList = `{"object":"list","data":[
 {"id":"asst_1","object":"assistant","created_at":1,"name":"State formatter","description":null,"model":"gpt-4o-mini","instructions":"Two letters.","tools":[],"temperature":0.2,"top_p":1.0,"response_format":"auto","metadata":{}},
 {"id":"asst_2","object":"assistant","created_at":2,"name":"../../evil \u001b[31m","model":"gpt-5","instructions":"x","tools":[{"type":"file_search"},{"type":"code_interpreter"}],"temperature":0.7,"top_p":1.0,"reasoning_effort":"medium","brand_new":true},
 {"id":"asst_3","object":"assistant","created_at":3,"name":"State formatter","model":"gpt-4.1-nano","instructions":"y","tools":[],"temperature":1.0}
],"first_id":"asst_1","last_id":"asst_3","has_more":false}`

func emptyPortal(t *testing.T) (*emulator.Emulator, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "portal")
	if err := portal.Init(dir, "empty"); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return e, dir
}

func TestImportSaysWhatCannotFollow(t *testing.T) {
	t.Parallel()
	e, dir := emptyPortal(t)
	today := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	got, err := e.ImportAssistants("export.json", []byte(exportedList), false, false, today)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, it := range got {
		files = append(files, it.File)
	}
	if diff := cmp.Diff([]string{"assistants/state-formatter.json", "assistants/evil-31m.json", "assistants/state-formatter-2.json"}, files); diff != "" {
		t.Error(diff)
	}
	for i, wants := range [][]string{
		{"gpt-4o-mini will be switched off on 2027-01-14", "the nearest that stays is"},
		{"file_search", "code_interpreter", "gpt-5 will be switched off on 2026-12-11", "brand_new"},
		{"gpt-4.1-nano was switched off on 2026-10-23"},
	} {
		all := strings.Join(got[i].Lost, "\n")
		for _, want := range wants {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not said in\n%s", got[i].ID, want, all)
			}
		}
	}
	// What was written is what was exported, and the portal reads it.
	again, err := emulator.Open(context.Background(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"asst_1", "asst_2", "asst_3"} {
		if _, ok := again.Assistant(id); !ok {
			t.Errorf("%s did not arrive", id)
		}
	}
	// A second import leaves everything alone.
	before, err := os.ReadFile(filepath.Join(dir, "assistants", "state-formatter.json"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.ImportAssistants("export.json", []byte(strings.ReplaceAll(exportedList, "Two letters.", "Changed.")), false, false, today)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range second {
		if it.Skipped == "" {
			t.Errorf("%s was written twice", it.ID)
		}
	}
	after, _ := os.ReadFile(filepath.Join(dir, "assistants", "state-formatter.json"))
	if string(before) != string(after) {
		t.Error("a file was changed without --replace")
	}
	if _, err := again.ImportAssistants("export.json", []byte(strings.ReplaceAll(exportedList, "Two letters.", "Changed.")), true, false, today); err != nil {
		t.Fatal(err)
	}
	if after, _ = os.ReadFile(filepath.Join(dir, "assistants", "state-formatter.json")); !strings.Contains(string(after), "Changed.") {
		t.Error("--replace did not replace")
	}
}

func TestImportTakesEveryForm(t *testing.T) {
	t.Parallel()
	one := `{"id":"asst_9","name":"One","model":"gpt-6-luna","instructions":"x"}`
	for name, text := range map[string]string{"object": one, "array": "[" + one + "]", "lines": one + "\n" + strings.ReplaceAll(one, "asst_9", "asst_8") + "\n"} {
		e, dir := emptyPortal(t)
		got, err := e.ImportAssistants("export.json", []byte(text), false, true, time.Now())
		if err != nil || len(got) == 0 || got[0].ID != "asst_9" {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "assistants", "one.json")); err == nil {
			t.Errorf("%s: a dry run wrote", name)
		}
	}
	e, _ := emptyPortal(t)
	for _, bad := range []string{"", "{", "[]", `{"data":[]}`, `{"name":"no model"}`, "[1]"} {
		if _, err := e.ImportAssistants("export.json", []byte(bad), false, false, time.Now()); err == nil || emulator.AsError(err).Exit != emulator.ExitUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
