//! The linked device itself: its identity and its login state.

use std::sync::Arc;

use async_trait::async_trait;
use whatsapp_rust::wacore::client_profile::ClientProfile;
use whatsapp_rust::wacore::stats::StorageResourceReport;
use whatsapp_rust::wacore::store::Device;
use whatsapp_rust::wacore::store::device::DEVICE_PROPS;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::DeviceStore;

use super::account_store::{Store, encode};
use super::keyspace::{Keyspace, RowKey, RowValue};

/// Number of the device: a store holds one.
const DEVICE_NUMBER: i32 = 1;

#[async_trait]
impl DeviceStore for Store {
    async fn save(&self, device: &Device) -> Result<()> {
        self.write(&device_row(), &RowValue::new(encode(device)?)).await
    }

    async fn load(&self) -> Result<Option<Device>> {
        let Some(plain) = self.read(&device_row()).await? else {
            return Ok(None);
        };
        let mut device: Device = self.decode(Keyspace::Device.as_str(), &plain)?;
        // Not stored: the session sets them at each start, on top of the library's own.
        device.device_props = Arc::new(DEVICE_PROPS.clone());
        device.client_profile = ClientProfile::default();
        Ok(Some(device))
    }

    async fn exists(&self) -> Result<bool> {
        self.holds(&device_row()).await
    }

    async fn create(&self) -> Result<i32> {
        self.write_new(&device_row(), &RowValue::new(encode(&Device::new())?))
            .await?;
        Ok(DEVICE_NUMBER)
    }

    async fn resource_report(&self) -> StorageResourceReport {
        StorageResourceReport {
            memory_bytes: Some(0),
            ..StorageResourceReport::default()
        }
    }
}

fn device_row() -> RowKey {
    RowKey::new(Keyspace::Device, "")
}
