package secret_test

import (
	"strings"
	"testing"

	"askflow/internal/secret"
)

// What certainly is a key is told from names that only begin like one.
func TestHoldsKey(t *testing.T) {
	t.Parallel()
	tail := strings.Repeat("aB3_", 10)
	for text, want := range map[string]bool{
		"sk-proj-" + tail: true, "sk-svcacct-" + tail: true, "sk-admin-" + tail: true, "--model=sk-proj-" + tail: true, "sk-abcT3BlbkFJabc": true,
		"sk-translation-of-product-descriptions-for-slovakia": false, "sk-proj-short": false, "sk-proj-a name with blanks in it, and long": false,
		"state-formatting": false, "": false, "/home/ada/projects/shop-0123456789-abcdefghijklmnopqrstuvwxyz.csv": false,
	} {
		if secret.HoldsKey(text) != want {
			t.Errorf("%q", text)
		}
	}
}
