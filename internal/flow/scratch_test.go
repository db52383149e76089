package flow_test
import ("testing";"os")
func TestScratch(t *testing.T){ for _,n:=range []string{"nodes","converging","filters","weird-ids","values","cases","splits","dangling","unknown-members"} { b,_:=os.ReadFile("testdata/flows/"+n+".json"); t.Log(n+"\n"+toYAML(t,parseJSON(t,b))) } }
