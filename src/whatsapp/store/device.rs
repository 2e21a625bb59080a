//! The linked device itself: its identity, and how it logs in.

use std::sync::Arc;

use async_trait::async_trait;
use whatsapp_rust::wacore::client_profile::ClientProfile;
use whatsapp_rust::wacore::stats::StorageResourceReport;
use whatsapp_rust::wacore::store::Device;
use whatsapp_rust::wacore::store::device::DEVICE_PROPS;
use whatsapp_rust::wacore::store::error::Result;
use whatsapp_rust::wacore::store::traits::DeviceStore;

use super::space::{Place, Space, Value};
use super::{Store, encode};

/// A store holds one device, so its number says nothing.
const THE_ONE: i32 = 1;

#[async_trait]
impl DeviceStore for Store {
    async fn save(&self, device: &Device) -> Result<()> {
        self.write(&the_device(), &Value::new(encode(device)?)).await
    }

    async fn load(&self) -> Result<Option<Device>> {
        let Some(plain) = self.read(&the_device()).await? else {
            return Ok(None);
        };
        let mut device: Device = self.decode(Space::Device.name(), &plain)?;
        // Not kept: the session sets them at each start, on top of the library's own.
        device.device_props = Arc::new(DEVICE_PROPS.clone());
        device.client_profile = ClientProfile::default();
        Ok(Some(device))
    }

    async fn exists(&self) -> Result<bool> {
        self.holds(&the_device()).await
    }

    async fn create(&self) -> Result<i32> {
        self.write_new(&the_device(), &Value::new(encode(&Device::new())?))
            .await?;
        Ok(THE_ONE)
    }

    async fn resource_report(&self) -> StorageResourceReport {
        StorageResourceReport {
            memory_bytes: Some(0),
            ..StorageResourceReport::default()
        }
    }
}

fn the_device() -> Place {
    Place::new(Space::Device, "")
}
