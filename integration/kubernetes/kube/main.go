// SPDX-License-Identifier: Apache-2.0

// What an API server would say, told by the libraries that the API server is made of. It asks no cluster.
//
//	kube manifests FILE…          read each object as the API server does with fieldValidation=Strict
//	kube json FILE…               print each object as a line of JSON
//	kube patch FILE PATCH         print FILE's object with the patch, as `kubectl patch --patch-file` makes it
//	kube admit FILE… -- CASES     what a ValidatingAdmissionPolicy answers to each pod of CASES
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	node "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	yamlstream "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		admissionregistration.AddToScheme, apps.AddToScheme, batch.AddToScheme, core.AddToScheme, node.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err)
		}
	}
	return scheme
}

var strict = serializer.NewCodecFactory(newScheme(), serializer.EnableStrict).UniversalDeserializer()

// The documents of a file, without the empty ones.
func documents(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found [][]byte
	reader := yamlstream.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return found, err
		}
		asJSON, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if !bytes.Equal(asJSON, []byte("null")) {
			found = append(found, document)
		}
	}
}

func readObjects(paths []string) ([]runtime.Object, error) {
	var objects []runtime.Object
	for _, path := range paths {
		found, err := documents(path)
		if err != nil {
			return nil, err
		}
		for i, document := range found {
			object, _, err := strict.Decode(document, nil, nil)
			if err != nil {
				return nil, fmt.Errorf("%s: document %d: %w", path, i+1, err)
			}
			objects = append(objects, object)
		}
	}
	return objects, nil
}

func manifests(paths []string) error {
	for _, path := range paths {
		objects, err := readObjects([]string{path})
		if err != nil {
			return err
		}
		for _, object := range objects {
			fmt.Printf("%s: %s: ok\n", filepath.Base(path), object.GetObjectKind().GroupVersionKind())
		}
	}
	return nil
}

func printJSON(paths []string) error {
	for _, path := range paths {
		found, err := documents(path)
		if err != nil {
			return err
		}
		for _, document := range found {
			line, err := yaml.YAMLToJSONStrict(document)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			fmt.Printf("%s\n", line)
		}
	}
	return nil
}

// The two files hold one DaemonSet each.
func patch(paths []string) error {
	var texts [2][]byte
	if len(paths) != len(texts) {
		return errors.New("usage: kube patch FILE PATCH")
	}
	for i, path := range paths {
		found, err := documents(path)
		if err != nil {
			return err
		}
		if texts[i], err = yaml.YAMLToJSONStrict(found[0]); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	patched, err := strategicpatch.StrategicMergePatch(texts[0], texts[1], apps.DaemonSet{})
	fmt.Printf("%s\n", patched)
	return err
}

func main() {
	verbs := map[string]func([]string) error{"manifests": manifests, "json": printJSON, "patch": patch, "admit": admit}
	if len(os.Args) < 3 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: kube manifests|json FILE… | patch FILE PATCH | admit FILE… -- CASES")
		os.Exit(2)
	}
	if err := verbs[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "kube:", err)
		os.Exit(1)
	}
}
