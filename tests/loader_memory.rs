//! How much memory loading takes beside what stays. Natively only: the allocator counts for the whole program.
#![cfg(not(target_arch = "wasm32"))]

use async_trait::async_trait;
use composer::backend::{Cpu, cpu_device};
use composer::error::{Error, Result};
use composer::model::{TextEncoder, Vocabulary};
use composer::weights::manifest::FileEntry;
use composer::weights::{Source, load_stage, read_manifest};
use peak_alloc::PeakAlloc;
use std::path::Path;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SHARD: usize = 8 << 20;

/// The model that the page offers, from its folder.
struct Shipped;

fn read(file: &str) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models/default").join(file);
    std::fs::read(&path).map_err(|error| Error::Io { path: path.display().to_string(), what: error.to_string() })
}

#[async_trait(?Send)]
impl Source for Shipped {
    async fn manifest(&self) -> Result<Vec<u8>> {
        read("manifest.json")
    }

    async fn fetch(&self, file: &FileEntry, _: &mut dyn FnMut(u64)) -> Result<Vec<u8>> {
        read(&file.file)
    }
}

#[test]
fn loading_takes_no_more_than_two_shards_beside_the_weights() {
    pollster::block_on(async {
        let (manifest, _) = read_manifest(&Shipped).await.expect("the manifest is sound");
        let device = cpu_device();
        for (stage, kept_as_stored) in [
            ("text_encoder", Some(TextEncoder::<Cpu>::HOST_PREFIX)),
            ("prior", None),
            ("base", None),
            ("upsampler", None),
            ("decomposer", None),
            ("image_encoder", None),
            ("projection", None),
            ("vocabulary", Some(Vocabulary::HOST_PREFIX)),
        ] {
            MEMORY.reset_peak_usage();
            let weights = load_stage::<Cpu>(&Shipped, &manifest, stage, kept_as_stored, &device, &mut |_| {}).await;
            let (kept, peak) = (MEMORY.current_usage(), MEMORY.peak_usage());
            assert!(peak - kept <= 2 * SHARD, "{stage}: {} bytes beside what stays", peak - kept);
            drop(weights.expect("the stage loads"));
        }
    });
}
