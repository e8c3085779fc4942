package manifest

import (
	"encoding/base64"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// stored is a copy of an object with a Secret's stringData as the data that the
// API server makes of it. Nobody would own that data: a key that a later
// manifest drops would stay for ever.
func stored(obj *unstructured.Unstructured) *unstructured.Unstructured {
	obj = obj.DeepCopy()
	texts := secretField(obj, "stringData")
	data := map[string]any{}
	for k, v := range secretField(obj, "data") {
		data[k] = v
	}
	for k, v := range texts {
		text, ok := v.(string)
		if !ok {
			return obj // the API server says what is wrong with it
		}
		data[k] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	if len(texts) > 0 {
		obj.Object["data"] = data
		delete(obj.Object, "stringData")
	}
	return obj
}
