package testreport_test

import (
	"askflow/internal/testreport"
	"bytes"
	"os"
	"testing"
)

func TestTmp(t *testing.T) {
	var b bytes.Buffer
	if err := testreport.HTML(&b, htmlReport(), htmlMeta()); err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/htmlw/a.html", b.Bytes(), 0o644)
	b.Reset()
	if err := testreport.HTML(&b, htmlHostile(), htmlMeta()); err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/htmlw/evil.html", b.Bytes(), 0o644)
}
