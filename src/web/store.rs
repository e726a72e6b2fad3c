//! The page's own store of model files: network, cache, and what is kept for the next visit.

use async_trait::async_trait;
use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::closure::ScopedClosure;
use wasm_bindgen::prelude::*;

use crate::error::{Error, Result};
use crate::weights::{Source, manifest::FileEntry};

#[wasm_bindgen(typescript_custom_section)]
const MODEL_STORE: &str = r#"
/** Where a model's files come from and where verified copies are kept; the embedding page implements it. */
export interface ModelStore {
  /** The bytes of `manifest.json`. */
  manifest(): Promise<Uint8Array>;
  /** A file from the network; `onBytes` hears how many bytes are here. Rejects with an error whose `code` is `"fetch"`, or `"cancelled"`. */
  fetch(file: string, bytes: number, sha256: string, onBytes: (received: number) => void): Promise<Uint8Array>;
  /** A copy kept earlier. */
  read(sha256: string): Promise<Uint8Array | undefined>;
  /** Keeps a copy; false where there is no room. */
  write(sha256: string, bytes: Uint8Array): Promise<boolean>;
  /** Drops a copy, and what of it has arrived. */
  remove(sha256: string): Promise<void>;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// The page's implementation.
    #[wasm_bindgen(typescript_type = "ModelStore")]
    pub type ModelStore;
    #[wasm_bindgen(method, catch)]
    async fn manifest(this: &ModelStore) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn fetch(
        this: &ModelStore,
        file: &str,
        bytes: f64,
        sha256: &str,
        on_bytes: &Function,
    ) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn read(this: &ModelStore, sha256: &str) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn write(this: &ModelStore, sha256: &str, bytes: Uint8Array) -> std::result::Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn remove(this: &ModelStore, sha256: &str) -> std::result::Result<JsValue, JsValue>;
}

/// A page's store as a source of weights.
pub(super) struct StoreSource(pub(super) ModelStore);

#[async_trait(?Send)]
impl Source for StoreSource {
    async fn manifest(&self) -> Result<Vec<u8>> {
        let bytes = self.0.manifest().await.map_err(|error| from_js("manifest.json", &error))?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }

    async fn fetch(&self, file: &FileEntry, on_bytes: &mut dyn FnMut(u64)) -> Result<Vec<u8>> {
        let mut received = |bytes: f64| on_bytes(bytes as u64);
        let received = ScopedClosure::<dyn FnMut(f64)>::borrow_mut(&mut received);
        let bytes = self
            .0
            .fetch(&file.file, file.bytes as f64, &file.sha256, received.as_ref().unchecked_ref())
            .await
            .map_err(|error| from_js(&file.file, &error))?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }

    async fn cached(&self, file: &FileEntry) -> Option<Vec<u8>> {
        let bytes = self.0.read(&file.sha256).await.ok()?;
        (!bytes.is_undefined() && !bytes.is_null()).then(|| Uint8Array::new(&bytes).to_vec())
    }

    async fn keep(&self, file: &FileEntry, bytes: &[u8]) {
        // Where there is no room the next visit fetches again; the store itself tells the page.
        let _ = self.0.write(&file.sha256, Uint8Array::from(bytes)).await;
    }

    async fn forget(&self, file: &FileEntry) {
        let _ = self.0.remove(&file.sha256).await;
    }
}

fn from_js(file: &str, error: &JsValue) -> Error {
    let field = |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
    if field("code").as_deref() == Some("cancelled") {
        return Error::Cancelled;
    }
    Error::Fetch { file: file.to_owned(), what: field("message").unwrap_or_else(|| "unknown reason".into()) }
}
