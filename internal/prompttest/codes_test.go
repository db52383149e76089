package prompttest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"askflow/internal/prompttest"
)

// Every code that an ask or an action can fail with is known, so that none is warned of.
func TestCodesOfStepsAreKnown(t *testing.T) {
	t.Parallel()
	var codes []string
	for _, file := range []string{"assistant/types.go", "action/action.go"} {
		text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`(?m)^\tCode\w+\s*= "(\w+)"`).FindAllStringSubmatch(string(text), -1)
		if len(found) < 10 {
			t.Fatalf("%s has %d codes", file, len(found))
		}
		for _, m := range found {
			codes = append(codes, m[1])
		}
	}
	test := read(t, "workflow: w\neach: [{error: {one_of: ["+strings.Join(codes, ", ")+"]}}]\n")
	if s, problems := prompttest.Compile(test, env(t, oneAsk)); s == nil || len(problems) > 0 {
		t.Error(problems)
	}
}
