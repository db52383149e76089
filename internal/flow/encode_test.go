package flow_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/flow"
	"askflow/internal/source"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	n := parseJSON(t, []byte(`{"zebra":1,"actions":[{"connection":{"nextActionId":"2","edgeType":"STANDARD","x":0},"actionId":"10","fields":{"value":{"staticValue":"v","type":"STATIC_VALUE"},"odd":1,"property_name":"p"},"actionTypeId":"0-5","type":"SINGLE_CONNECTION"},`+
		`{"actionId":"x"},{"actionId":"2"}],"goalFilterBranch":{"filters":[{"operation":{"values":[],"operator":"O","operationType":"T"},"property":"p","filterType":"PROPERTY"}],"filterBranches":[],"filterBranchType":"AND"},"type":"CONTACT_FLOW","apple":2,"id":"1"}`))
	before := compact(n)
	want := `{"id":"1","type":"CONTACT_FLOW","actions":[{"actionId":"2"},{"type":"SINGLE_CONNECTION","actionId":"10","actionTypeId":"0-5","fields":{"property_name":"p","value":{"type":"STATIC_VALUE","staticValue":"v"},"odd":1},"connection":{"edgeType":"STANDARD","nextActionId":"2","x":0}},` +
		`{"actionId":"x"}],"goalFilterBranch":{"filterBranchType":"AND","filterBranches":[],"filters":[{"filterType":"PROPERTY","property":"p","operation":{"operationType":"T","operator":"O","values":[]}}]},"zebra":1,"apple":2}`
	if diff := cmp.Diff(want, compact(flow.Canonical(n))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if compact(n) != before {
		t.Error("the original was changed")
	}
	if flow.Canonical(nil) != nil {
		t.Error("nil has no canonical form")
	}
}

func TestCanonicalKeepsEverything(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/flows/*.json")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := parseJSON(t, data)
		c := flow.Canonical(n)
		if again := flow.Canonical(c); compact(again) != compact(c) {
			t.Errorf("%s: a second time changes it", file)
		}
		count := func(n *source.Node) int {
			total := 0
			var walk func(*source.Node)
			walk = func(n *source.Node) {
				total += 1 + len(n.Text)
				for _, m := range n.Members {
					total += len(m.Key)
					walk(m.Value)
				}
				for _, it := range n.Items {
					walk(it)
				}
			}
			walk(n)
			return total
		}
		if count(n) != count(c) {
			t.Errorf("%s: something was added or dropped", file)
		}
	}
}

func TestJSONReadsBack(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/flows/nodes.json")
	if err != nil {
		t.Fatal(err)
	}
	f, problems := flow.Parse("nodes.json", data, flow.DefaultOpenAIAction())
	if f == nil {
		t.Fatal(problems)
	}
	again, _ := flow.Parse("nodes.json", f.JSON(), flow.DefaultOpenAIAction())
	if again == nil || string(again.JSON()) != string(f.JSON()) {
		t.Error("the text does not read back")
	}
}
