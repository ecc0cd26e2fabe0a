//! `objects`: files and cloud objects.

use std::time::Duration;

use bytes::Bytes;
use wasmtime::component::{LinkerInstance, Resource, ResourceType, WasmList, WasmStr};
use wasmtime::{Result, StoreContextMut};

use crate::contract::{ObjectError, WitObject};
use crate::grants::Grants;
use crate::guest::Guest;
use crate::objects::{MAX_URL_BYTES, Objects, Staged};

type Store<'a> = StoreContextMut<'a, Guest>;

/// What a call costs the guest: a system call or two.
const CALL: Duration = Duration::from_micros(10);

/// What each object found costs the guest: the system looks it up.
const FOUND: Duration = Duration::from_micros(2);

/// A staged object as the guest holds it. Away while it is being written.
struct Handle(Option<Staged>);

pub(super) fn add_to_linker(objects: &mut LinkerInstance<'_, Guest>) -> Result<()> {
    objects.func_wrap("find", find)?;
    objects.func_wrap("read", read)?;
    objects.func_wrap(
        "publish",
        |store: Store<'_>, (receipt,): (WasmList<u8>,)| {
            with_receipt(store, &receipt, Objects::publish)
        },
    )?;
    objects.func_wrap(
        "discard",
        |store: Store<'_>, (receipt,): (WasmList<u8>,)| {
            with_receipt(store, &receipt, Objects::discard)
        },
    )?;
    objects.func_wrap("remove", |mut store: Store<'_>, (url,): (WasmStr,)| {
        with_url(&mut store, &url, Objects::remove)
    })?;
    objects.resource(
        "staged",
        ResourceType::host::<Handle>(),
        |mut store, rep| {
            // Dropping it removes what was staged.
            store
                .data_mut()
                .table
                .delete(Resource::<Handle>::new_own(rep))?;
            Ok(())
        },
    )?;
    objects.func_wrap("[static]staged.create", create)?;
    objects.func_wrap("[method]staged.write", write)?;
    objects.func_wrap("[method]staged.write-text", write_text)?;
    objects.func_wrap("[static]staged.finish", finish)
}

type Answer<T> = Result<(std::result::Result<T, ObjectError>,)>;

fn find(mut store: Store<'_>, (pattern,): (WasmStr,)) -> Answer<Vec<WitObject>> {
    let (found,) = with_url(&mut store, &pattern, Objects::find)?;
    let found = found.map(|found| {
        let cost = FOUND * u32::try_from(found.len()).unwrap_or(u32::MAX);
        store.data_mut().clock.charge(cost);
        let object = |object: crate::objects::Found| WitObject {
            url: object.url,
            size: object.size,
            etag: object.etag,
        };
        found.into_iter().map(object).collect()
    });
    Ok((found,))
}

fn read(mut store: Store<'_>, (url, offset, length): (WasmStr, u64, u64)) -> Answer<Bytes> {
    let (read,) = with_url(&mut store, &url, |objects, grants, url| {
        objects.read(grants, url, offset, length)
    })?;
    if let Ok(bytes) = &read {
        store.data_mut().clock.charge_crossing(bytes.len());
    }
    Ok((read,))
}

fn create(mut store: Store<'_>, (url,): (WasmStr,)) -> Answer<Resource<Handle>> {
    match with_url(&mut store, &url, Objects::create)? {
        (Ok(staged),) => Ok((Ok(store.data_mut().table.push(Handle(Some(staged)))?),)),
        (Err(error),) => Ok((Err(error),)),
    }
}

/// The bytes are lent from the guest's memory.
fn write(mut store: Store<'_>, (handle, bytes): (Resource<Handle>, WasmList<u8>)) -> Answer<()> {
    let length = bytes.len();
    write_with(&mut store, &handle, length, |staged, store| {
        Ok(staged.write(bytes.as_le_slice(store)))
    })
}

/// The same for text.
fn write_text(mut store: Store<'_>, (handle, text): (Resource<Handle>, WasmStr)) -> Answer<()> {
    let length = text.to_str(&store)?.len();
    write_with(&mut store, &handle, length, |staged, store| {
        Ok(staged.write(text.to_str(store)?.as_bytes()))
    })
}

/// Writes so many bytes to a staged object, while the guest's clock stands still.
fn write_with(
    store: &mut Store<'_>,
    handle: &Resource<Handle>,
    length: usize,
    write: impl FnOnce(&mut Staged, &Store<'_>) -> Result<std::result::Result<(), ObjectError>>,
) -> Answer<()> {
    let guest = store.data_mut();
    guest.check_chunk(length)?;
    let mut staged = guest
        .table
        .get_mut(handle)?
        .0
        .take()
        .expect("a staged object is back between calls");
    guest.clock.charge_crossing(length);
    guest.clock.pause();
    let written = write(&mut staged, store);
    let guest = store.data_mut();
    guest.clock.resume();
    guest.table.get_mut(handle)?.0 = Some(staged);
    Ok((written?,))
}

fn finish(mut store: Store<'_>, (handle,): (Resource<Handle>,)) -> Answer<Vec<u8>> {
    let guest = store.data_mut();
    let staged = guest
        .table
        .delete(handle)?
        .0
        .expect("a staged object is back between calls");
    guest.clock.charge(CALL);
    guest.clock.pause();
    let receipt = guest.objects.finish(staged);
    guest.clock.resume();
    Ok((receipt,))
}

/// Calls into storage with a URL of the guest. The guest's clock stands still.
fn with_url<T>(
    store: &mut Store<'_>,
    url: &WasmStr,
    call: impl FnOnce(&mut Objects, &Grants, &str) -> std::result::Result<T, ObjectError>,
) -> Answer<T> {
    let url = url.to_str(&*store)?;
    if url.len() > MAX_URL_BYTES {
        let error = format!(
            "a URL has at most {MAX_URL_BYTES} bytes; this has {}",
            url.len()
        );
        return Ok((Err(ObjectError::Other(error)),));
    }
    let url = url.into_owned();
    Ok((with_objects(store, |objects, grants| {
        call(objects, grants, &url)
    }),))
}

/// Calls into storage with a receipt.
fn with_receipt(
    mut store: Store<'_>,
    receipt: &WasmList<u8>,
    call: fn(&mut Objects, &Grants, &[u8]) -> std::result::Result<(), ObjectError>,
) -> Answer<()> {
    store.data().check_chunk(receipt.len())?;
    let receipt = receipt.as_le_slice(&store).to_vec();
    Ok((with_objects(&mut store, |objects, grants| {
        call(objects, grants, &receipt)
    }),))
}

fn with_objects<T>(store: &mut Store<'_>, call: impl FnOnce(&mut Objects, &Grants) -> T) -> T {
    let guest = store.data_mut();
    guest.clock.charge(CALL);
    guest.clock.pause();
    let result = call(&mut guest.objects, &guest.grants);
    guest.clock.resume();
    result
}
